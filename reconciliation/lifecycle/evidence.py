"""What S3 holds of a run: gathered for CloseRun's checkpoint and for a resume's first stage."""

from datetime import datetime

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.checkpoint import Evidence, checked_report
from reconciliation.layout import Location
from reconciliation.objects import FINGERPRINT
from reconciliation.plan import Plan


def gather(store: Store, plan: Plan) -> Evidence:
    """Everything that is committed of the plan's run. It reads lists and small documents, never data.

    Raises ValueError where the validation's report is not the one of such a plan.
    """
    validation = store.document(layout.validation_report(plan.paths.validated))
    divergences = store.head(plan.paths.divergences)
    return Evidence(
        total_lines=plan.data_lines,
        partitions=plan.partitions,
        validation=checked_report(validation.json(), plan.partitions) if validation else None,
        base_committed=store.head(layout.base_snapshot(plan.paths.base)) is not None,
        done=tuple(held for _, held in sorted(_parts(store, plan.paths.partial)) if held < plan.partitions),
        divergences_committed=divergences is not None
        and divergences.metadata.get(FINGERPRINT) == plan.fingerprint,
        paths=plan.paths,
        sha256=plan.input.sha256,
        fingerprint=plan.fingerprint,
        rules=plan.rules,
    )


def missing(store: Store, plan: Plan) -> list[str]:
    """What a commit promises and S3 does not hold any more, as s3 URIs: nothing could go on from there."""
    evidence = gather(store, plan)
    paths = plan.paths
    if evidence.stage == "output":
        needed = [layout.ready_rejects(paths.rejects), layout.ready_summary(paths.partial)]
        return [str(where) for where in needed if store.head(where) is None]
    committed = [paths.validated, paths.rejects] if evidence.validation is not None else []
    committed += [paths.base] if evidence.base_committed else []
    return [
        str(layout.part(prefix, partition))
        for prefix in committed
        for partition in sorted(set(range(plan.partitions)) - {held for _, held in _parts(store, prefix)})
    ]


def _parts(store: Store, prefix: Location) -> list[tuple[datetime, int]]:
    """The partitions that stand there, with the time of each."""
    return [
        (listed.modified, partition)
        for listed in store.list(prefix)
        if (partition := layout.partition_of_part(listed.key)) is not None
    ]
