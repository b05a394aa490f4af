"""A published day's last steps: summary, metrics, alert, day released. Outside the deadline."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from lambdas.context import Context, context, moment
from reconciliation import day as days
from reconciliation.adapters import layout
from reconciliation.adapters.store import Found, to_json
from reconciliation.errors import error

_HISTORY_DAYS = 7


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document. Answers the execution's output."""
    return finish(context(), event["day"], moment(event["started_at"]), event["execution_arn"])


def finish(found: Context, day: str, started: datetime, execution_arn: str) -> dict[str, Any]:
    """Safe to repeat. Raises FINISH_FAILED where the day's summary is missing."""
    held = found.days.read(day)
    stored = found.store.get(layout.summary(found.settings.output_bucket, day))
    if held is None or stored is None:
        raise error("FINISH_FAILED", f"{day}: falta o resumo da publicação")
    if held.day.holder != execution_arn:
        return _result(stored.json())  # finished by an earlier try
    ended = datetime.now(UTC)
    summary = _complete_summary(found, held.day, stored, started, ended)
    event = _event(found, summary, execution_arn)
    if not (held.day.alert_sent and held.day.alert_id == event.id):
        held = found.days.write(held, days.intend_alert(held.day, event.id))
        _put_metrics(found, summary, ended)
        found.notifier.send(event)
        held = found.days.write(held, days.alert_was_sent(held.day))
    found.days.write(held, days.release(held.day))
    return _result(summary)


def _complete_summary(
    found: Context, current: days.Day, stored: Found, started: datetime, ended: datetime
) -> dict[str, Any]:
    runs = found.runs.of(current.job_id, current.attempt, started.replace(microsecond=0))
    seconds = {run.stage: round(run.seconds(ended), 1) for run in runs}
    summary = {
        **stored.json(),
        "seconds_by_stage": {**seconds, "total": round((ended - started).total_seconds(), 1)},
    }
    where = layout.summary(found.settings.output_bucket, current.day)
    found.store.replace(where, to_json(summary), stored.etag, stored.metadata)
    return summary


def _put_metrics(found: Context, summary: dict[str, Any], at: datetime) -> None:
    stages = dict(summary["seconds_by_stage"])
    total_s = stages.pop("total")
    found.metrics.put_times(summary["job_id"], stages, total_s, at)
    found.metrics.put_divergences(summary["job_id"], summary["types"], summary["divergence_rate_percent"], at)


def _event(found: Context, summary: dict[str, Any], execution_arn: str) -> Any:
    rate, limit = summary["divergence_rate_percent"], found.settings.rules.abnormal_rate_percent
    history = _usual_rate_percent(found, summary["day"])
    usual = f"{history:.2f} %" if history is not None else "sem histórico"
    divergences = sum(summary["types"].values())
    message = (
        f"{summary['totals']['lines']['data_lines']} linhas conciliadas, {divergences} divergências"
        f" ({rate:.2f} %; média dos últimos {_HISTORY_DAYS} dias: {usual})"
    )
    numbers = {
        "Divergências por tipo": summary["types"],
        "Linhas rejeitadas": summary["rejects_by_code"],
        "Avisos": summary["warnings"],
        "Fornecedores com mais divergências": {
            top["fornecedor_id"]: top["divergences"] for top in summary["top_suppliers"][:3]
        },
    }
    return found.event(
        "ABNORMAL_RATE" if rate > limit else "SUCCEEDED", message, execution_arn=execution_arn,
        job_id=summary["job_id"], attempt=summary["attempt"], day=summary["day"], numbers=numbers,
    )  # fmt: skip


def _usual_rate_percent(found: Context, day: str) -> float | None:
    """Mean rate of the published days among the seven before; None where there is none."""
    rates = []
    for back in range(1, _HISTORY_DAYS + 1):
        earlier = (date.fromisoformat(day) - timedelta(days=back)).isoformat()
        stored = found.store.get(layout.summary(found.settings.output_bucket, earlier))
        if stored:
            rates.append(float(stored.json()["divergence_rate_percent"]))
    return sum(rates) / len(rates) if rates else None


def _result(summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "job_id": summary["job_id"],
        "attempt": summary["attempt"],
        "status": "SUCCEEDED",
        "stage": "output",
        "severity": "LOW",
        "code": "SUCCEEDED",
        "message": f"o dia {summary['day']} foi publicado",
        "checkpoint_location": None,
    }
