"""A published day's last steps: summary, metrics, dataset, alert, day released. Outside the deadline."""

import logging
import os
from datetime import UTC, date, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas import waiting
from lambdas.context import Context, context, moment
from reconciliation import day as days
from reconciliation import layout, rates, wording
from reconciliation.adapters.dataset import Dataset
from reconciliation.adapters.history import published_before
from reconciliation.alerts import Event
from reconciliation.documents.snapshot import Window
from reconciliation.documents.summary import AbsentSuppliers, Summary
from reconciliation.errors import error
from reconciliation.objects import StoredObject, to_json
from reconciliation.rates import Figures

_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document. Answers the execution's output."""
    return finish(context(), event["day"], moment(event["started_at"]), event["execution_arn"])


def finish(found: Context, day: str, started: datetime, execution_arn: str) -> dict[str, Any]:
    """Safe to repeat. Raises FINISH_FAILED where the day's summary is missing."""
    held = found.days.read(day)
    stored = found.store.document(layout.summary(found.settings.output_bucket, day))
    if held is None or stored is None:
        raise error("FINISH_FAILED", f"{day}: falta o resumo da publicação")
    if held.day.holder != execution_arn:
        return _result(stored.read_as(Summary))  # finished by an earlier try
    ended = datetime.now(UTC)
    summary = _complete_summary(found, held.day, stored, started, ended)
    event = _event(found, summary, execution_arn)
    if held.day.alert_id != event.id:
        held = found.days.write(held, days.intend_alert(held.day, event.id))
        _put_metrics(found, summary, ended)
        _refresh_dataset(found, summary, ended, execution_arn)
    if held.day.alert_sent or found.tell(event):
        waiting.free(found, found.days.write(held, days.alert_was_sent(held.day)))
    return _result(summary)


def _complete_summary(
    found: Context, current: days.Day, stored: StoredObject, started: datetime, ended: datetime
) -> Summary:
    summary = stored.read_as(Summary)
    if summary.seconds_by_stage:
        return summary  # completed by an earlier try: the time since then is not the run's
    runs = found.runs.of(current.job_id, current.attempt, started.replace(microsecond=0))
    seconds = {run.stage: round(run.seconds(ended), 1) for run in runs}
    summary = summary.completed({**seconds, "total": round((ended - started).total_seconds(), 1)})
    where = layout.summary(found.settings.output_bucket, current.day)
    found.store.replace(where, to_json(summary.to_dict()), stored.etag, stored.metadata)
    return summary


def _put_metrics(found: Context, summary: Summary, at: datetime) -> None:
    stages = dict(summary.seconds_by_stage)
    total_s, job_id = stages.pop("total"), summary.job_id
    found.metrics.put_times(job_id, stages, total_s, at)
    found.metrics.put_divergences(job_id, summary.types, summary.divergence_rate_percent, at)
    lines, rejected = summary.totals.lines.data_lines, sum(summary.rejects_by_code.values())
    found.metrics.put_lines(job_id, lines, rejected, at)


def _refresh_dataset(found: Context, summary: Summary, now: datetime, execution_arn: str) -> None:
    """QuickSight's copy, where the deployment has one; its failure is told, and the day stays published."""
    dataset_id = os.environ.get("QUICKSIGHT_DATASET")
    if not dataset_id:
        return
    run: dict[str, Any] = {"job_id": summary.job_id, "attempt": summary.attempt, "day": summary.day}
    try:
        dataset = Dataset(found.settings.deployment.account_id, dataset_id)
        dataset.refresh(date.fromisoformat(run["day"]), now.date(), f"{run['job_id']}-{run['attempt']}")
    except (BotoCoreError, ClientError) as exc:
        _log.exception("dataset_not_refreshed", extra={"job_id": run["job_id"]})
        message = f"o conjunto de dados {dataset_id} não foi atualizado: {_why(exc)}"
        found.tell(
            found.event("QUICKSIGHT_FAILED", message, execution_arn=execution_arn, stage="output", **run)
        )


def _why(exc: BotoCoreError | ClientError) -> str:
    """The service's own code, or the kind of error: its text may quote the request."""
    return exc.response["Error"]["Code"] if isinstance(exc, ClientError) else type(exc).__name__


def _event(found: Context, summary: Summary, execution_arn: str) -> Event:
    today = Figures.of(summary)
    history = published_before(found.store, found.settings.output_bucket, today.day)
    broken = rates.abnormal(today, history, found.settings.rules.abnormal_rate_percent)
    usual = rates.usual_rate_percent(history)
    message = (
        f"{wording.number(today.lines)} linhas conciliadas, {wording.number(sum(today.types.values()))}"
        f" divergências ({wording.percent(today.rate_percent)}; média de {len(history)} dia(s) publicado(s):"
        f" {wording.percent(usual)})"
    )
    numbers = {
        **({"Fora do normal": broken} if broken else {}),
        "Divergências por tipo": today.types,
        "Fornecedores com mais divergências": dict(today.top_suppliers[:3]),
        **_absent(summary.suppliers_absent),
        **_window((summary.base or {}).get("window")),
        **(rates.comparison(today, history) if broken else {}),
        "Tempo total": wording.minutes(summary.seconds_by_stage["total"]),
        "Linhas rejeitadas": wording.shown(summary.rejects_by_code, wording.REJECTS) or "nenhuma",
        "Avisos": wording.shown(summary.warnings, wording.WARNINGS) or "nenhum",
    }
    return found.event(
        "ABNORMAL_RATE" if broken else "SUCCEEDED", message, execution_arn=execution_arn,
        job_id=summary.job_id, attempt=summary.attempt, day=summary.day, numbers=numbers,
        report=rates.report(today, history, _dashboard(found)) if broken else "",
    )  # fmt: skip


def _absent(absent: AbsentSuppliers | None) -> dict[str, Any]:
    """The suppliers without one line in the file: the largest by name, the rest as one."""
    if absent is None or not absent.suppliers:
        return {}
    named = {one.fornecedor_id: _of_the_base(one.base_rows, one.base_cents) for one in absent.largest}
    rest = _of_the_base(
        absent.base_rows - sum(one.base_rows for one in absent.largest),
        absent.base_cents - sum(one.base_cents for one in absent.largest),
    )
    others = absent.suppliers - len(absent.largest)
    return {
        "Fornecedores sem nenhuma linha no arquivo": named,
        **({"E mais": f"{wording.number(others)} fornecedor(es), {rest}"} if others else {}),
    }


def _window(window: Window | None) -> dict[str, str]:
    """Where the rule `in_scope` read the base: nobody takes a TIPO_1 for more than it says."""
    if not window:
        return {}
    first, last = window["first"], window["last"]
    return {
        "Base lida só em parte": (
            f"ordens procuradas de {first} a {last}; uma que a base tem em outra data, ou sem data"
            " válida, consta como TIPO_1"
        )
    }


def _of_the_base(rows: int, cents: int) -> str:
    return f"{wording.number(rows)} linha(s) da base ({wording.brl(cents)})"


def _dashboard(found: Context) -> str:
    deployment = found.settings.deployment
    dashboard_id = deployment.named("reconciliation-dashboard")
    return f"https://{deployment.region}.quicksight.aws.amazon.com/sn/dashboards/{dashboard_id}"


def _result(summary: Summary) -> dict[str, Any]:
    return {
        "job_id": summary.job_id,
        "attempt": summary.attempt,
        "status": "SUCCEEDED",
        "stage": "output",
        "severity": "LOW",
        "code": "SUCCEEDED",
        "message": f"o dia {summary.day} foi publicado",
        "checkpoint_location": None,
    }
