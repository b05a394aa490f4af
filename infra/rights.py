"""What the jobs and the machine may do, by purpose. The functions' rights: `function_rights.py`."""

from infra.grants import (
    Statements,
    allow,
    arn_of,
    join_network,
    list_keys,
    list_under,
    objects,
    read,
    read_secret,
    read_versions,
    run_jobs,
    under,
    use_key,
    write,
    write_job_logs,
)
from infra.machine import machine_arn
from infra.resources import Resources
from reconciliation import layout, places
from reconciliation.layout import ANY_DAY, ANY_JOB


def of_jobs(its: Resources, asset_arns: list[str], connection_arns: list[str]) -> dict[str, Statements]:
    """The jobs' inline policies by name; the runbook knows `s3-read` and `s3-write` (2.1, 2.4)."""
    mine = (its.intermediate, its.checkpoints, its.output)
    return {
        "s3-read": [
            *read_versions(its.ingress),
            read(*objects(*mine)),
            list_keys(*mine),
            allow("s3:GetObject", on=asset_arns),
        ],
        "s3-write": [write(*its.run_data)],
        "s3-reports": _make_reports(its),
        "keys-and-secret": [read_secret(its.database_secret), use_key(its.key)],
        "glue": [write_job_logs(), *join_network(connection_arns)],
    }


def _make_reports(its: Resources) -> Statements:
    """What was published before, by its versions, and what a newer report lacks: nothing else is deleted.

    A DeleteObject under a condition needs GetObject, too (S3's guide, conditional-deletes).
    """
    told = (layout.day_folder(its.output, ANY_DAY), layout.history(its.output))
    return [
        allow("s3:GetObjectVersion", on=under(*told)),
        list_under("s3:ListBucketVersions", *told),
        allow("s3:DeleteObject", on=under(places.report_folder(its.output, ANY_DAY))),
    ]


def of_publishing(its: Resources) -> Statements:
    """`s3-write-policy`, as runbook 2.4 expects it to the letter."""
    return [allow("s3:PutObject", "s3:PutObjectAcl", on=objects(its.output))]


def of_machine(its: Resources, function_arns: list[str]) -> Statements:
    """Invoke the functions, run the jobs, and keep the timer's token."""
    timer = arn_of(layout.timer_token(its.checkpoints, ANY_JOB, "*"))
    return [
        allow("lambda:InvokeFunction", on=function_arns),
        run_jobs(*its.jobs),
        allow("s3:GetObject", "s3:PutObject", on=[timer]),
        list_keys(its.checkpoints),
        use_key(its.key),
        allow("states:SendTaskSuccess", on=[machine_arn(its.settings)]),
    ]
