"""What S3 holds of a run: gathered for CloseRun's checkpoint and for a resume's first stage."""

from reconciliation.adapters import layout
from reconciliation.adapters.layout import Location
from reconciliation.adapters.publication import FINGERPRINT
from reconciliation.adapters.store import Store
from reconciliation.checkpoint import Evidence
from reconciliation.plan import Plan


def gather(store: Store, plan: Plan) -> Evidence:
    """Everything that is committed of the plan's run. Lists and small JSON objects only, never data."""
    validation = store.get(layout.validation_report(plan.paths.validated))
    divergences = store.head(Location.parse(plan.paths.divergences))
    done = [
        (found.modified, partition)
        for found in store.list(Location.parse(plan.paths.partial))
        if (partition := layout.partition_of_part(found.key)) is not None
    ]
    return Evidence(
        total_lines=plan.data_lines,
        partitions=plan.partitions,
        validation=validation.json() if validation else None,
        base_committed=store.head(layout.base_snapshot(plan.paths.base)) is not None,
        done=tuple(partition for _, partition in sorted(done)),
        divergences_committed=divergences is not None
        and divergences.metadata.get(FINGERPRINT) == plan.fingerprint,
        paths=plan.paths.to_dict(),
        sha256=plan.input.sha256,
        fingerprint=plan.fingerprint,
    )
