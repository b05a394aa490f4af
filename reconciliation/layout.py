"""Every S3 path of the system, in one place. Source: the runbook's paths, and the interface document."""

import re
from dataclasses import asdict, dataclass
from typing import NamedTuple, Self
from urllib.parse import quote

from reconciliation.errors import error

_S3_URI = re.compile(r"s3://([a-z0-9.-]+)/(.+)")


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
        """From an `s3://bucket/key` URI. Raises INVALID_INPUT for any other text."""
        match = _S3_URI.fullmatch(uri)
        if match is None:
            raise error("INVALID_INPUT", f"{uri!r} is not an s3://bucket/key address")
        return cls(match.group(1), match.group(2))


@dataclass(frozen=True)
class RunPaths:
    """Where one run's intermediate data lives; all but `divergences` are prefixes ending in `/`."""

    validated: str
    rejects: str
    base: str
    partial: str
    divergences: str

    @classmethod
    def of(cls, bucket: str, day: str, fingerprint: str, validated_fingerprint: str | None = None) -> Self:
        """`validated_fingerprint` differs where a resume keeps the file and copies the base anew."""
        root = f"s3://{bucket}/{day}"
        validated = validated_fingerprint or fingerprint
        return cls(
            validated=f"{root}/validated.parquet/{validated}/",
            rejects=f"{root}/rejects.parquet/{validated}/",
            base=f"{root}/base.parquet/{fingerprint}/",
            partial=f"{root}/partial.parquet/{fingerprint}/",
            divergences=f"{root}/divergences.parquet",
        )

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


def part(prefix: str, partition: int) -> Location:
    return Location.parse(prefix) / f"part-{partition:05d}.parquet"


def partition_of_part(key: str) -> int | None:
    """The partition of a part's key, or None where the key is not a part."""
    match = re.search(r"/part-(\d{5,})\.parquet$", key)
    return int(match.group(1)) if match else None


def plan(validated_prefix: str) -> Location:
    return Location.parse(validated_prefix) / "plan.json"


def validation_report(validated_prefix: str) -> Location:
    return Location.parse(validated_prefix) / "validation.json"


def ready_rejects(rejects_prefix: str) -> Location:
    """The merged rejects as they are to be published."""
    return Location.parse(rejects_prefix) / "rejeitos.parquet"


def ready_summary(partial_prefix: str) -> Location:
    """The summary as it is to be published, but for the ETag and the seconds by stage."""
    return Location.parse(partial_prefix) / "summary.json"


def base_snapshot(base_prefix: str) -> Location:
    return Location.parse(base_prefix) / "snapshot.json"


def base_day_part(base_prefix: str, partition: int) -> Location:
    """The day's rows of a partition, until the rows of other dates are beside them in its part."""
    return Location.parse(base_prefix) / f"day-{partition:05d}.parquet"


def base_export(bucket: str, day: str) -> Location:
    """A prefix: the day's export of the base."""
    return Location(bucket, f"base-export/{day}/")


def day_object(bucket: str, day: str) -> Location:
    return Location(bucket, f"days/{day}.json")


def day_objects(bucket: str) -> Location:
    """A prefix: all days."""
    return Location(bucket, "days/")


def waiting(bucket: str, day: str) -> Location:
    return Location(bucket, f"waiting/{day}.json")


def waitings(bucket: str) -> Location:
    """A prefix: the marks of all days."""
    return Location(bucket, "waiting/")


def job_record(bucket: str, job_id: str) -> Location:
    return Location(bucket, f"{job_id}/job.json")


def timer_token(bucket: str, job_id: str, attempt: int) -> Location:
    return Location(bucket, f"{job_id}/timer-{attempt}.token")


def checkpoint(bucket: str, job_id: str) -> Location:
    return Location(bucket, f"{job_id}/checkpoint.json")


def old_checkpoint(bucket: str, job_id: str, attempt: int) -> Location:
    return Location(bucket, f"{job_id}/checkpoint-{attempt}.json")


def told(bucket: str, alert_id: str, whom: str) -> Location:
    """The mark that `whom` was told of that alert; ids and channels may hold any character."""
    return Location(bucket, f"alerts/{quote(alert_id, safe='')}/{quote(whom, safe='')}")


def refused_rejects(bucket: str, job_id: str) -> Location:
    """The rejects of a file that was refused whole: never among the published ones."""
    return Location(bucket, f"{job_id}/rejeitos.parquet")


def published(bucket: str, day: str) -> Location:
    return Location(bucket, f"{day}/divergencias.parquet")


def published_rejects(bucket: str, day: str) -> Location:
    return Location(bucket, f"rejeitos/{day}/rejeitos.parquet")


def summary(bucket: str, day: str) -> Location:
    return Location(bucket, f"resumos/{day}/resumo.json")


def history(bucket: str) -> Location:
    """A prefix: the summaries of all days."""
    return Location(bucket, "resumos/")
