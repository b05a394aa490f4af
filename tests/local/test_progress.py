"""How far a run is, by its commits alone; a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from local.place import CHECKOUT
from local.progress import Bar, Standing, looking, standing
from local.status import line
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.day import State
from reconciliation.deployment import BUCKETS
from reconciliation.layout import Location, RunPaths
from reconciliation.lifecycle.publishing import FINGERPRINT
from reconciliation.objects import to_json
from reconciliation.plan import InputFile, Plan
from tests import documents
from tests.memory_s3 import MemoryS3

DAY, FP = documents.DAY, "f0"
PATHS = RunPaths.of(BUCKETS["intermediate"], DAY, FP)
PLAN = Plan(
    job_id=documents.JOB, day=DAY, fingerprint=FP, lineage="l", rules=Rules(), data_lines=95, partitions=2,
    input=InputFile(bucket="i", s3_key=documents.KEY, version_id="v", sha256="s", bytes=1), warnings={},
    cuts=(), paths=PATHS,
)  # fmt: skip
HELD = replace(documents.HELD, fingerprint=FP)


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


def commits(store: Store) -> Iterator[Standing | None]:
    """What is told after each object that a run writes."""

    def put(where: Location, body: bytes = b"", **metadata: str) -> Standing | None:
        store.put(where, body, metadata=metadata)
        return standing(store, HELD)

    yield standing(store, HELD)
    yield put(layout.plan(BUCKETS["intermediate"], DAY, FP), to_json(PLAN.to_dict()))
    yield put(layout.part(PATHS.validated, 0))
    yield put(layout.part(PATHS.validated, 1))
    yield put(layout.validation_report(PATHS.validated), to_json(documents.report(40, 55)))
    yield put(layout.part(PATHS.base, 0))
    yield put(layout.part(PATHS.partial, 1))
    yield put(layout.part(PATHS.partial, 0))
    yield put(PATHS.divergences, **{FINGERPRINT: FP})


def test_each_commit_moves_it_and_nothing_else(s3: MemoryS3) -> None:
    assert [str(told) for told in commits(Store(s3))] == [
        "None",
        "validação: 0 de 2 partições",
        "validação: 1 de 2 partições",
        "validação: 2 de 2 partições",
        "conciliação: 0 de 2 partições",
        "conciliação: 0 de 2 partições",
        "conciliação: 1 de 2 partições, 55 de 95 linhas",
        "conciliação: 2 de 2 partições, 95 de 95 linhas",
        "saída: 2 de 2 partições, 95 de 95 linhas",
    ]
    assert str(standing(Store(s3), replace(HELD, state="PUBLISHED"))).startswith("publicado: 2 de 2")


@pytest.mark.parametrize(
    ("state", "published_etag", "said"),
    [
        ("PUBLISHED", "e", "dia publicado"),
        ("CLOSED", None, "encerrada sem publicar"),
        ("CLOSED", "e", "encerrada sem publicar; continua publicado o que já estava"),
        ("PUBLISHING", "e", "o resultado está sendo publicado de novo, à mão"),
    ],
)
def test_a_day_that_nobody_holds_is_told_in_words(
    s3: MemoryS3, state: State, published_etag: str | None, said: str
) -> None:
    ended = replace(HELD, holder=None, state=state, published_etag=published_etag)
    assert line(Store(s3), ended) == f"{DAY}, {documents.JOB}, tentativa 1: {said}"
    assert line(Store(s3), HELD).endswith("tentativa 1: o arquivo está sendo conferido")


def test_what_cannot_be_told_is_no_movement(s3: MemoryS3) -> None:
    look, where = looking(s3, DAY), layout.day_object(BUCKETS["checkpoints"], DAY)
    assert look() is None, "no day yet"
    Store(s3).put(where, to_json(replace(HELD, fingerprint=None).to_dict()))
    assert look() is None, "not inspected"
    Store(s3).put(where, b"{}")
    assert look() is None, "no day object"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("screen", [Terminal(), io.StringIO()], ids=["a terminal", "a file"])
def test_a_bar_on_a_terminal_and_a_line_a_movement_elsewhere(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", screen)
    seen = iter([None, *[Standing("conciliação", done, 8, done * 1_000, 8_000) for done in (1, 1, 2)], None])
    with Bar(lambda: next(seen), every_s=0) as bar:
        for _ in range(5):
            bar.move()
    told = screen.getvalue()
    if screen.isatty():
        assert "2 de 8 partições" in told
        assert "2.000 de 8.000 linhas" in told
        assert "\n" not in told.strip("\r")
    else:
        assert [line.strip() for line in told.splitlines()] == [
            f"conciliação: {done} de 8 partições, {done}.000 de 8.000 linhas" for done in (1, 2)
        ]


def test_the_readme_s_bar_is_a_terminal_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", screen := Terminal())
    with Bar(lambda: Standing("conciliação", 5, 8, 625_000, 1_000_000)) as bar:
        bar.move()
        shown = screen.getvalue().rsplit("\r", 1)[-1].rstrip()
    assert f"\n{shown}\n" in (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_a_terminal_that_tells_no_size_has_its_bar_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's, say: tqdm takes no rows for room for no bar."""
    master, slave = os.openpty()
    with open(slave, "w", encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stdout", screen)
        with Bar(lambda: Standing("conciliação", 5, 8, 625, 1_000)) as bar:
            bar.move()
    said = b""
    with suppress(OSError):  # all of it was read
        while more := os.read(master, 1 << 16):
            said += more
    os.close(master)
    assert "5 de 8 partições, 625 de 1.000 linhas" in said.decode()
