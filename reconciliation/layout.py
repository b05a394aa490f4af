"""Every S3 path of the system, made and taken apart in one place; the reports' are in `places.py`, the
alerts' and incidents' in `alert_places.py`.

A function that makes a path answers a Location; one that takes a path apart has a key and answers what was
put into it. Source: the runbook's paths, and the interface document.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Final, Literal, NamedTuple, Self

from reconciliation.errors import error

_S3_URI = re.compile(r"s3://([a-z0-9.-]+)/(.+)")
_UPLOAD = re.compile(r"(\d{4}-\d{2}-\d{2})/[A-Za-z0-9._-]{1,120}\.csv", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PART = re.compile(r"/part-(\d{5,})\.parquet$")
MESSAGE: Final = "mensagem.txt"
REFUSED_LIST: Final = "linhas-recusadas.csv"

JOB: Final = "JOB-"
"""Every job's id begins so, and with it its folder."""
ANY_DAY: Final = "????-??-??"
ANY_JOB: Final = f"{JOB}*"
"""In place of a day or a job's id, in a policy's pattern: there `?` is any character and `*` any text."""


class Location(NamedTuple):
    """An object's (or prefix's) place. `str()` is its `s3://` URI."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def __truediv__(self, name: str) -> "Location":
        return Location(self.bucket, f"{self.key.rstrip('/')}/{name}")

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The place that an `s3://bucket/key` URI names. Raises INVALID_INPUT for any other text."""
        match = _S3_URI.fullmatch(uri)
        if match is None:
            raise error("INVALID_INPUT", f"{uri!r} is not an s3://bucket/key address")
        return cls(match.group(1), match.group(2))


@dataclass(frozen=True)
class RunPaths:
    """Where one run's intermediate data lives; all but `divergences` are prefixes ending in `/`."""

    validated: Location
    rejects: Location
    base: Location
    partial: Location
    divergences: Location

    @classmethod
    def of(cls, bucket: str, day: str, fingerprint: str) -> Self:
        """The paths of the run whose data have that fingerprint."""
        root = day_folder(bucket, day)
        return cls(
            validated=root / f"validated.parquet/{fingerprint}/",
            rejects=root / f"rejects.parquet/{fingerprint}/",
            base=root / f"base.parquet/{fingerprint}/",
            partial=root / f"partial.parquet/{fingerprint}/",
            divergences=divergences(bucket, day),
        )

    def are_of(self, bucket: str, day: str) -> bool:
        """Whether each is where `of` puts it for that day, of whatever fingerprint."""
        return all(
            path == getattr(RunPaths.of(bucket, day, f"/{path.key}".split("/")[-2]), name)
            for name, path in vars(self).items()
        )


def day_folder(bucket: str, day: str) -> Location:
    """The prefix of the day's objects in the ingress, the intermediate or the output bucket."""
    return Location(bucket, f"{day}/")


def day_of(key: str) -> str:
    """The day whose folder a key is in: an upload's, or one of the intermediate or the output bucket."""
    return key.split("/", 1)[0]


def day_at(where: Location, made: Callable[[str, str], Location]) -> str | None:
    """The day for which `made(bucket, day)`, a function of this module, is that place; None where none is."""
    match = _DAY.search(where.key)
    return match[0] if match and made(where.bucket, match[0]) == where else None


# --- the ingress bucket


def upload(bucket: str, day: str, name: str) -> Location:
    """Where a supplier puts the day's file of that name."""
    return day_folder(bucket, day) / name


def day_of_upload(s3_key: str) -> str | None:
    """The folder's day of `YYYY-MM-DD/NAME.csv`; None where the key has another form or no real date."""
    match = _UPLOAD.fullmatch(s3_key)
    if match is None:
        return None
    try:
        return str(date.fromisoformat(match[1]))
    except ValueError:
        return None


# --- the intermediate bucket


def divergences(bucket: str, day: str) -> Location:
    """Where the reconciliation job leaves the very bytes to publish."""
    return day_folder(bucket, day) / "divergences.parquet"


PARTITIONS_MAX: Final = 100_000
"""As many as a part's name can count."""


def part(prefix: Location, partition: int) -> Location:
    """Where a job writes that partition of a prefix of RunPaths."""
    return prefix / f"part-{partition:05d}.parquet"


def partition_of_part(key: str) -> int | None:
    """The partition of a part's key, or None where the key is not a part."""
    match = _PART.search(key)
    return int(match[1]) if match else None


def plan(bucket: str, day: str, fingerprint: str) -> Location:
    """Where InspectFile leaves what that run's jobs are to do."""
    return RunPaths.of(bucket, day, fingerprint).validated / "plan.json"


def validation_report(validated_prefix: Location) -> Location:
    """The validation job's last object, and so its commit."""
    return validated_prefix / "validation.json"


def ready_rejects(rejects_prefix: Location) -> Location:
    """Where the validation job leaves the merged rejects as they are to be published."""
    return rejects_prefix / "rejeitos.parquet"


def ready_summary(partial_prefix: Location) -> Location:
    """Where the reconciliation job leaves the summary, which lacks the ETag and the seconds by stage."""
    return partial_prefix / "summary.json"


def base_snapshot(base_prefix: Location) -> Location:
    """The last object of the base's copy, and so its commit."""
    return base_prefix / "snapshot.json"


def base_begun(base_prefix: Location) -> Location:
    """Says that somebody copies the base there: a second job of the attempt waits for that copy."""
    return base_prefix / "begun.json"


def base_day_part(base_prefix: Location, partition: int) -> Location:
    """Where a partition's rows of the day wait until the rows of other dates join them in its part."""
    return base_prefix / f"day-{partition:05d}.parquet"


def query_results(bucket: str) -> Location:
    """The prefix of what Athena answered, which is kept as long as the rest of the bucket."""
    return Location(bucket, "athena/")


def base_export(bucket: str, day: str) -> Location:
    """The prefix under which the day's export of the base stands."""
    return Location(bucket, f"base-export/{day}/")


# --- the checkpoints bucket


def day_object(bucket: str, day: str) -> Location:
    """The day's lock: who holds it, and in which state (`day.py`)."""
    return day_objects(bucket) / f"{day}.json"


def day_objects(bucket: str) -> Location:
    """The prefix of all days' locks."""
    return Location(bucket, "days/")


def waiting(bucket: str, day: str) -> Location:
    """The mark of the version that waits for the day (`waiting.py`)."""
    return waitings(bucket) / f"{day}.json"


def waiting_other(bucket: str, s3_key: str) -> Location:
    """The mark of a file that waits for the publication of another one of its day."""
    return waitings(bucket) / f"{s3_key}.json"


def waitings(bucket: str, day: str = "") -> Location:
    """The prefix of all waiting versions' marks; with a day, of those that wait for its publication."""
    return Location(bucket, f"waiting/{day}/" if day else "waiting/")


def day_of_document(key: str) -> str | None:
    """The day of a day's object or of a waiting version's mark, by its key.

    None of the folder itself, which S3's console puts there as an object ("Create folder").
    """
    below = PurePosixPath(key).parts[1:]
    return below[0].removesuffix(".json") if below else None


def job_folder(bucket: str, job_id: str) -> Location:
    """The prefix of what is kept of a job."""
    return Location(bucket, f"{job_id}/")


def job_record(bucket: str, job_id: str) -> Location:
    """Our own note of the job."""
    return job_folder(bucket, job_id) / "job.json"


def timer_token(bucket: str, job_id: str, attempt: int | Literal["*"]) -> Location:
    """Where the attempt's timer leaves the token by which it is told to end; `*` is for a policy."""
    return job_folder(bucket, job_id) / f"timer-{attempt}.token"


def checkpoint(bucket: str, job_id: str) -> Location:
    """The checkpoint of the job's last attempt that ended without success."""
    return job_folder(bucket, job_id) / "checkpoint.json"


def is_checkpoint_of(bucket: str, job_id: str, address: str) -> bool:
    """Whether a person names that job's checkpoint: the object, or its folder with or without the slash."""
    folder = str(job_folder(bucket, job_id))
    return address in (str(checkpoint(bucket, job_id)), folder, folder.rstrip("/"))


def old_checkpoint(bucket: str, job_id: str, attempt: int) -> Location:
    """Where an earlier attempt's checkpoint is kept once a later one's takes its place."""
    return job_folder(bucket, job_id) / f"checkpoint-{attempt}.json"


def refused_rejects(bucket: str, job_id: str) -> Location:
    """Where the rejects of a file stand that was refused whole: never among the published ones."""
    return job_folder(bucket, job_id) / "rejeitos.parquet"


def refused_list(bucket: str, job_id: str) -> Location:
    """The same for people, the first of them: what goes with the message to the supplier."""
    return job_folder(bucket, job_id) / REFUSED_LIST


def supplier_message(bucket: str, job_id: str) -> Location:
    """What to write to the supplier of a file that was refused whole, ready to send."""
    return job_folder(bucket, job_id) / MESSAGE


# --- the output bucket


def published(bucket: str, day: str) -> Location:
    """The day's published divergences."""
    return day_folder(bucket, day) / "divergencias.parquet"


def published_rejects(bucket: str, day: str) -> Location:
    """The day's published rejects."""
    return Location(bucket, f"rejeitos/{day}/rejeitos.parquet")


def summary(bucket: str, day: str) -> Location:
    """The day's published summary."""
    return history(bucket) / f"{day}/resumo.json"


def day_of_summary(key: str) -> str:
    """The day of a published summary, by its key."""
    return PurePosixPath(key).parent.name


def runbook_page(bucket: str, name: str) -> Location:
    """The runbook as an alert of that code opens it."""
    return runbook_pages(bucket) / f"{name}.html"


def runbook_pages(bucket: str) -> Location:
    """The prefix of all the runbook's pages."""
    return Location(bucket, "runbook/")


def history(bucket: str) -> Location:
    """The prefix of all days' published summaries."""
    return Location(bucket, "resumos/")
