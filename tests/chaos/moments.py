"""Names of the moments of a day at which a fault can come: the first request of its kind."""

START = "start"
"""Before the file is sent."""
_CHECKPOINTS, _INTERMEDIATE, _OUTPUT = (
    "/reconciliation-checkpoints/",
    "/reconciliation-intermediate/DAY/",
    "/reconciliation-output/",
)
_VALIDATION = {
    "sent": ("s3", "PUT /reconciliation-ingress/DAY/"),
    "taken": ("s3", f"PUT {_CHECKPOINTS}days/DAY"),
    "noted": ("s3", f"PUT {_CHECKPOINTS}JOB-.*/job.json"),
    "inspected": ("s3", "GET /reconciliation-ingress/DAY/.*AWS_Lambda"),
    "planned": ("s3", f"PUT {_INTERMEDIATE}validated.*/plan.json"),
    "validation starts": ("glue", "StartJobRun"),
    "a valid part": ("s3", f"PUT {_INTERMEDIATE}validated.*/part-"),
    "validated": ("s3", f"PUT {_INTERMEDIATE}validated.*/validation.json"),
}
_COMPARISON = {
    "base begun": ("s3", f"PUT {_INTERMEDIATE}base.*/begun.json"),
    "a base part": ("s3", f"PUT {_INTERMEDIATE}base.*/part-"),
    "base copied": ("s3", f"PUT {_INTERMEDIATE}base.*/snapshot.json"),
    "a partition": ("s3", f"PUT {_INTERMEDIATE}partial.*/part-0000[2-5]"),
    "compared": ("s3", f"PUT {_INTERMEDIATE}partial.*/summary.json"),
    "result": ("s3", f"PUT {_INTERMEDIATE}divergences.parquet"),
}
_PUBLICATION = {
    "publishing": ("s3", f"HEAD {_OUTPUT}resumos/DAY"),
    "published": ("s3", f"PUT {_OUTPUT}DAY/divergencias.parquet"),
    "rejects": ("s3", f"PUT {_OUTPUT}rejeitos/DAY"),
    "summary": ("s3", f"PUT {_OUTPUT}resumos/DAY"),
    "a report file": ("s3", f"PUT {_OUTPUT}relatorios/DAY/.*xlsx"),
    "report": ("s3", f"PUT {_OUTPUT}relatorios/DAY/relatorio.html"),
}
_END = {
    "timer": ("states", "SendTaskSuccess"),
    "finishing": ("s3", f"PUT {_OUTPUT}resumos/DAY.*AWS_Lambda"),
    "told": ("sns", "Action=Publish"),
}
MOMENTS = {**_VALIDATION, **_COMPARISON, **_PUBLICATION, **_END}
"""Service and target of tests/faults/server.py's rules; DAY stands for the day."""
VALIDATION, COMPARISON, PUBLICATION, END = map(tuple, (_VALIDATION, _COMPARISON, _PUBLICATION, _END))
IN_JOBS = ("a valid part", "validated", *COMPARISON, *PUBLICATION)
"""A job's own requests."""
ANY = tuple(MOMENTS)
