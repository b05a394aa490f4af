"""The daily check of runbook 1.1: six points, each with its figure and whether it is in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from reconciliation.copies import COMPLETED
from reconciliation.day import Day
from reconciliation.documents.summary import Summary
from reconciliation.incident import Incident, ended_line_of, line_of
from reconciliation.rates import Figures, abnormal, usual_in_words
from reconciliation.run import Attempt
from reconciliation.wording import SAO_PAULO, minutes, number, percent

Kind = Literal["file", "run", "time", "rate", "alerts", "mail", "space", "dataset"]
"""What a point is about: the first is of a run too, where there is none, and the mail's is the alerts'."""
_WHAT: Final[dict[Kind, str]] = {
    "file": "Execução do dia",
    "run": "Execução do dia",
    "time": "Tempo de processamento",
    "rate": "Taxa de divergências",
    "alerts": "Notificações",
    "mail": "Notificações",
    "space": "Espaço em S3",
    "dataset": "QuickSight",
}


COUNTED_MAX: Final = 50_000
"""Objects of a bucket: 50 pages of a listing, half a minute of the watchdog's four. Nothing is judged
by them. A thousand suppliers' folders are as many in a month."""


@dataclass(frozen=True)
class Point:
    """One of runbook 1.1's six, with its figure."""

    kind: Kind
    is_fine: bool
    figure: str

    @property
    def what(self) -> str:
        """As runbook 1.1 calls it."""
        return _WHAT[self.kind]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found of the day. `held` is None where no file of it ever came."""

    day: str
    held: Day | None
    summary: Summary | None
    """The published one, of the run that holds or held the day; None where the day is not published."""
    history: Sequence[Figures]
    limit_percent: float
    deadline_s: int
    on_slack: bool
    """Whether Slack took the alert of the run's end."""
    unsubscribed: Sequence[str] | None
    """Addresses without a confirmed subscription; None where SNS would not say."""
    day_bytes: int
    day_objects: int
    bucket: str
    bucket_bytes: int
    bucket_objects: int
    """COUNTED_MAX, as of the day's, where there may be more, of which the bytes are not known."""
    ingestion: str | None = field(default=None)
    """The state of QuickSight's copy; None where the deployment has none."""


def is_expected(day: str, first_upload: datetime | None) -> bool:
    """Whether a file of the day must come: from the day after the first upload on.

    `first_upload` is None where nothing ever came: the system stands, and nobody uses it yet.
    """
    return first_upload is not None and first_upload.astimezone(SAO_PAULO).date().isoformat() < day


def points(seen: Seen) -> list[Point]:
    """The six points in runbook 1.1's order."""
    return [_run(seen), _time(seen), _rate(seen), _alerts(seen), _space(seen), _dataset(seen)]


def failed(checked: Sequence[Point]) -> list[Point]:
    """Those that are not in order."""
    return [point for point in checked if not point.is_fine]


def outcome(checked: Sequence[Point]) -> str:
    """How many points failed, and which: the subject's words."""
    crosses = failed(checked)
    if not crosses:
        return f"{len(checked)} de {len(checked)} pontos em ordem"
    which = ", ".join(point.what for point in crosses)
    verb = "falhou" if len(crosses) == 1 else "falharam"
    return f"{len(crosses)} de {len(checked)} pontos {verb}: {which}"


def report(day: str, checked: Sequence[Point]) -> str:
    """The message's text: the head, then a line for each point."""
    fine = len(checked) - len(failed(checked))
    head = f"Verificação diária de {day}: {fine} de {len(checked)} pontos em ordem"
    return "\n".join(
        [head, "", *(f"{'✓' if point.is_fine else '✗'} {point.what}: {point.figure}" for point in checked)]
    )


def still_open(incidents: Sequence[Incident]) -> list[str]:
    """What follows the six points: a line for each incident that is not over, none where all are."""
    return ["", "Incidentes abertos:", *(line_of(each, SAO_PAULO) for each in incidents)] if incidents else []


def lately_ended(incidents: Sequence[Incident]) -> list[str]:
    """What follows then: a line for each of which something ended, none where nothing did."""
    lines = [ended_line_of(each, SAO_PAULO) for each in incidents]
    return ["", "Incidentes encerrados desde esse dia:", *lines] if lines else []


def _run(seen: Seen) -> Point:
    if seen.held is None:
        return Point("file", is_fine=False, figure="nenhuma; o arquivo não chegou")
    last = _shown(seen.held.who)
    if seen.summary is None:
        return Point("run", is_fine=False, figure=f"encerrada sem publicar ({last})")
    published = f"publicada ({_shown(seen.summary.who)})"
    if seen.held.who != seen.summary.who:
        return Point("run", is_fine=False, figure=f"{published}; a última terminou sem publicar ({last})")
    return Point("run", is_fine=True, figure=published)


def _time(seen: Seen) -> Point:
    limit = minutes(seen.deadline_s)
    if seen.summary is None:
        return Point("time", is_fine=False, figure=f"– (limite {limit})")
    took_s = seen.summary.seconds_by_stage.get("total")
    if took_s is None:
        return Point(
            "time",
            is_fine=False,
            figure=f"falta no resumo: publicado à mão, ou o fechamento falhou (limite {limit})",
        )
    is_fine = took_s <= seen.deadline_s
    return Point("time", is_fine=is_fine, figure=f"{minutes(took_s)} (limite {limit})")


def _rate(seen: Seen) -> Point:
    if seen.summary is None:
        return Point("rate", is_fine=False, figure=f"– ({usual_in_words(seen.history)})")
    today = Figures.of(seen.summary)
    broken = abnormal(today, seen.history, seen.limit_percent)
    return Point(
        "rate", is_fine=not broken, figure=f"{percent(today.rate_percent)} ({usual_in_words(seen.history)})"
    )


def _alerts(seen: Seen) -> Point:
    by_email = seen.held is not None and seen.held.alert_sent
    alert = seen.held.alert_id if seen.held and seen.held.alert_id else "nenhum alerta"
    figure = f"{alert}; e-mail: {_yes(by_email)}; Slack: {_yes(seen.on_slack)}"
    if seen.unsubscribed is None:
        figure += "; as inscrições de e-mail não puderam ser vistas"
    elif seen.unsubscribed:
        figure += f"; sem inscrição confirmada: {', '.join(seen.unsubscribed)}"
    if by_email and seen.on_slack:
        return Point("mail", is_fine=seen.unsubscribed == [], figure=figure)
    return Point("alerts", is_fine=False, figure=figure)


def _space(seen: Seen) -> Point:
    of_day = _counted(seen.day_bytes, seen.day_objects)
    of_bucket = _counted(seen.bucket_bytes, seen.bucket_objects)
    figure = f"{of_day} do dia; {of_bucket} em {number(seen.bucket_objects)} objetos de {seen.bucket}"
    return Point("space", is_fine=seen.day_bytes > 0, figure=figure)


def _dataset(seen: Seen) -> Point:
    if seen.ingestion is None:
        return Point("dataset", is_fine=True, figure="não faz parte desta implantação")
    is_fine = seen.ingestion == COMPLETED
    return Point("dataset", is_fine=is_fine, figure=f"atualização: {seen.ingestion}")


def _shown(who: Attempt) -> str:
    return f"{who.job_id}, tentativa {who.number}"


def _yes(is_so: bool) -> str:
    return "sim" if is_so else "não"


def _counted(size_bytes: int, objects: int) -> str:
    return ("" if objects < COUNTED_MAX else "pelo menos ") + _megabytes(size_bytes)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.2f}".replace(".", ",") + " MB"
