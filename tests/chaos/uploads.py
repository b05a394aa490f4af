"""What suppliers send, and what S3 tells of it: bad files, several, events twice, late, in another order."""

import gzip
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from local.generated_day import GeneratedDay
from reconciliation.contract import HEADER
from tests.chaos.fault import Fault, codes, once
from tests.chaos.moments import ANY, COMPARISON, PUBLICATION, VALIDATION
from tests.chaos.scene import Scene
from tests.faults.stack import INGRESS
from tests.waiting import eventually

_OTHER = codes("DAY_BUSY", "NEEDS_FORCE")
"""How a second file of a day ends."""


def _bad(change: Callable[[Scene, bytes], bytes]) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        scene.sent = change(scene, scene.sent)

    return act


def _refused(code: str, change: Callable[[Scene, bytes], bytes]) -> Fault:
    return Fault(f"the file is refused as {code}", once(_bad(change)), ends=codes(code), by_person=True)


def _other_day(scene: Scene, _: bytes) -> bytes:
    """Its own rows, of another day."""
    return b"".join(GeneratedDay(scene.rows, scene.reference_date + timedelta(days=400)).csv_chunks())


def _wrong_key(scene: Scene) -> None:
    scene.name = "relatório 1ª versão 'nova'.csv"
    scene.is_event = True


def _event(scene: Scene) -> bytes:
    """What S3 tells the trigger of the file's newest version; of one that was destroyed nothing."""
    found = scene.hurt.client("s3").list_object_versions(Bucket=INGRESS, Prefix=scene.key).get("Versions")
    if not found:
        return b'{"Records": []}'
    newest = max(found, key=lambda one: one["LastModified"])
    record = {"object": {"key": scene.key, "versionId": newest["VersionId"], "size": newest["Size"]}}
    return json.dumps({"Records": [{"s3": record}]}).encode()


def _deliver(scene: Scene, event: bytes) -> None:
    scene.invoke("reconciliation-trigger", event)


def _again(times: int) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        event = _event(scene)
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda _: _deliver(scene, event), range(times)))

    return act


def _late(scene: Scene) -> None:
    """The run is over by then."""
    event = _event(scene)
    eventually(lambda: scene.over.is_set() or not scene.is_running(), 120)
    _deliver(scene, event)


def _two_versions(scene: Scene) -> None:
    """The newer one's event comes first."""
    with scene.hurt._unheard():
        older = _uploaded(scene)
        newer = _uploaded(scene, b"\n")
    for event in (newer, older):
        _deliver(scene, event)


def _uploaded(scene: Scene, more: bytes = b"") -> bytes:
    scene.hurt.upload(scene.key, scene.sent + more)
    return _event(scene)


def _newer_version(scene: Scene) -> None:
    """With one line more, a blank one: the same rows, other bytes."""
    scene.hurt.upload(scene.key, scene.sent + b"\n")


def _same_bytes(scene: Scene) -> None:
    scene.hurt.upload(scene.key, scene.sent)


def _other_file(scene: Scene) -> None:
    scene.hurt.upload(f"{scene.reference_date}/other.csv", scene.sent)


def _deleted(scene: Scene) -> None:
    """As a person deletes it: its versions stay."""
    scene.hurt.client("s3").delete_object(Bucket=INGRESS, Key=scene.key)


def _destroyed(scene: Scene) -> None:
    """With all its versions. The supplier's folder still has it."""
    s3 = scene.hurt.client("s3")
    for one in s3.list_object_versions(Bucket=INGRESS, Prefix=scene.key).get("Versions", []):
        s3.delete_object(Bucket=INGRESS, Key=scene.key, VersionId=one["VersionId"])


def _folder(scene: Scene) -> None:
    scene.hurt.client("s3").put_object(Bucket=INGRESS, Key=f"{scene.reference_date}/", Body=b"")


def _companion(scene: Scene) -> None:
    scene.hurt.upload(f"{scene.reference_date}/input.csv.md5", b"d41d8cd98f00b204e9800998ecf8427e")


def _started(**given: object) -> Callable[[Scene], None]:
    return lambda scene: scene.hurt.start({"s3_key": scene.key, **given}) and None


def _many_starts(scene: Scene) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: scene.hurt.start({"s3_key": scene.key}), range(10)))


def _slow_supplier(scene: Scene) -> None:
    """The file is sent in parts, and another time before that is done."""
    s3, given = scene.hurt.client("s3"), {"Bucket": INGRESS, "Key": scene.key}
    upload = s3.create_multipart_upload(**given)["UploadId"]
    part = s3.upload_part(**given, UploadId=upload, PartNumber=1, Body=scene.sent)
    time.sleep(0.5)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**given, UploadId=upload, MultipartUpload=parts)


UPLOADS = (
    _refused("E_NOT_CSV", lambda _, body: gzip.compress(body, mtime=0)),
    _refused("E_ENCODING", lambda _, body: body + "F1;K1;José;A;2027-03-01;1.00\n".encode("latin-1")),
    _refused("E_NUL", lambda _, body: body + b"F1;K\0;A;A;2027-03-01;1.00\n"),
    _refused("E_BARE_CR", lambda _, body: body + b"F1;K1\rX;A;A;2027-03-01;1.00\n"),
    _refused("E_LINE_TOO_LONG", lambda _, body: body + b"x" * 70_000 + b"\n"),
    _refused("E_EMPTY", lambda _, body: body[:0]),
    _refused("E_HEADER", lambda _, body: body.replace(b";", b",")),
    _refused("E_NO_ROWS", lambda *_: HEADER.encode() + b"\n"),
    _refused("E_WRONG_DAY", _other_day),
    _refused("E_TOO_MANY_REJECTS", lambda scene, body: body + b"1;2\n" * scene.rows),
    Fault("the file's name is wrong", once(_wrong_key), ends=codes("E_S3_KEY"), by_person=True),
    Fault("the event comes twice", once(_again(1)), ANY),
    Fault("the event comes fifty times", once(_again(49)), ANY),
    Fault("the event comes once more, late", once(_late), ANY, waits=True),
    Fault("the event of an older version comes after the newer's", once(_two_versions), ("noted",),
          _OTHER | {"INPUT_GONE"}),
    Fault("a newer version comes", once(_newer_version), ANY, _OTHER),
    Fault("the same bytes come again", once(_same_bytes), ANY, _OTHER),
    Fault("another file of the day comes", once(_other_file), ANY, _OTHER),
    Fault("the file is deleted", once(_deleted), (*VALIDATION[1:], *COMPARISON, *PUBLICATION),
          codes("INPUT_GONE")),
    Fault("the file is destroyed", once(_destroyed), VALIDATION[1:], codes("INPUT_GONE"), by_person=True),
    Fault("a folder is made by hand", once(_folder), ANY),
    Fault("a checksum file comes beside", once(_companion), ANY),
    Fault("the file comes in parts once more", once(_slow_supplier), ANY, _OTHER),
    Fault("ten people start it", once(_many_starts), ANY[1:]),
    Fault("somebody starts it with a field too many", once(_started(forse=True)), ANY,
          codes("INVALID_INPUT")),
    Fault("somebody starts a version that is none", once(_started(version_id="..")), ANY,
          codes("INPUT_GONE", "DAY_BUSY", "NEEDS_FORCE")),
    Fault("somebody starts it by force", once(_started(force_reprocess=True)), ANY[1:], _OTHER),
)  # fmt: skip
