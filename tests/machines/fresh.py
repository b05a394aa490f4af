"""What becomes of the two commands on a fresh Debian, one group of rows after the other.

Later groups go on from what earlier ones made: root's Python, a person's clone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.machines.debian import PERSON, Debian
from tests.machines.gateway import gateway
from tests.machines.row import Row
from tests.targets.checkout import ROOT

SHARED = "/srv/conciliacao"
"""Root's checkout, where everybody may look."""
IMAGE = "/conciliacao"
OWN = f"/home/{PERSON}/conciliacao"
OTHER = f"/home/{PERSON}/outra"
WHEELS = f"/home/{PERSON}/wheels"
PART = (
    *("tests/test_setup.py", "tests/targets", "tests/servers", "tests/database/test_servers.py"),
    *("tests/report/test_browser.py", "tests/e2e/test_day.py"),
)
"""Of `make test`: other databases and a browser brought from Debian, whole days by Spark."""
EXACT = (0, "são exatamente os da fórmula fechada")
NO_PYTHON = (2, "A Python is needed that makes environments: as root, apt-get install python3-venv")
SET_UP = "make setup && echo `python3 -V` brought `.venv/bin/python -V`"
BROUGHT = (0, r"brought Python 3\.11\.")
NO_PACKAGES = (2, "The packages did not come, for the reason above")


def bare(debian: Debian) -> Iterator[Row]:
    """No Python at all: root's is installed, others are told."""
    debian.clone(PERSON, OWN)
    yield debian.row(PERSON, OWN, "make demo", NO_PYTHON, what="`make demo`, no Python")
    debian.clone("root", SHARED)
    yield debian.row("root", SHARED, SET_UP, BROUGHT, what="`make setup`, no Python", env=_readable())


def root(debian: Debian) -> Iterator[Row]:
    yield debian.row("root", SHARED, "make demo", EXACT)


def image(debian: Debian) -> Iterator[Row]:
    """All that the `Dockerfile` runs, by root, without Docker; on the Debian alone that it is from."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    if f"FROM debian:{debian.suite}" not in lines:
        return
    debian.clone("root", IMAGE)
    steps = [line.removeprefix("RUN ") for line in lines if line.startswith("RUN ")]
    words = " && ".join((*steps, "make demo"))
    yield debian.row("root", IMAGE, words, EXACT, what="what the `Dockerfile` runs")


def person(debian: Debian) -> Iterator[Row]:
    debian.clone(PERSON, OWN)
    yield debian.row(PERSON, OWN, "make demo", EXACT)


def fast(debian: Debian) -> Iterator[Row]:
    yield debian.row(PERSON, OWN, "make test-fast", (0, r"\d+ passed"))


def part(debian: Debian) -> Iterator[Row]:
    words = f".venv/bin/python -m pytest -n 2 --dist loadfile --hypothesis-profile fast {' '.join(PART)}"
    yield debian.row(PERSON, OWN, words, (0, r"\d+ passed"), what=f"of `make test`: {', '.join(PART)}")


def another(debian: Debian) -> Iterator[Row]:
    command = ".venv/bin/python -m tests.targets another_user"
    yield debian.row("root", SHARED, command, (0, "another user's checkout"), what="another user's checkout")


def offline(debian: Debian) -> Iterator[Row]:
    """A folder that was filled where there is a network takes it where there is none."""
    debian.run(PERSON, f"rm -rf {WHEELS}")
    yield debian.row(PERSON, OWN, f"make wheels TO={WHEELS}", (0, ""))
    debian.clone(PERSON, OTHER)
    yield debian.row(
        PERSON, OTHER, f"make demo WHEELS={WHEELS}", EXACT,
        what="`make demo WHEELS=folder`, no network", env=_cold("offline"), is_online=False,
    )  # fmt: skip


def company(debian: Debian) -> Iterator[Row]:
    """Behind a proxy that ends TLS, and with the company's own index: whom to believe, the system knows."""
    wheels, kept = debian.root / WHEELS[1:], debian.root / "srv"
    with gateway(wheels, kept) as found:
        ways: Mapping[str, Mapping[str, str]] = {
            "a TLS proxy": found.as_proxy,
            "an index of its own": found.as_index,
        }
        for name, env in ways.items():
            debian.clone(PERSON, OTHER)
            yield debian.row(
                PERSON, OTHER, "make setup", NO_PACKAGES,
                what=f"`make setup`, {name}, its root nowhere", env={**env, **_cold(name)},
            )  # fmt: skip
        debian.trust(found.ca)
        debian.run("root", "update-ca-certificates")
        for name, env in ways.items():
            debian.clone(PERSON, OTHER)
            found.asked.clear()
            row = debian.row(
                PERSON, OTHER, "make setup && echo done", (0, "done$"),
                what=f"`make setup`, {name}, its root in the system's store", env={**env, **_cold(name)},
            )  # fmt: skip
            yield row
            if not {"pip", "uv"} <= set(found.asked):
                raise RuntimeError(f"They came by another way: {name} was asked {found.asked}")
        (debian.root / "usr/local/share/ca-certificates" / found.ca.name).unlink()
        debian.run("root", "update-ca-certificates --fresh")


GROUPS: Mapping[str, Callable[[Debian], Iterator[Row]]] = {
    group.__name__: group for group in (bare, root, image, person, fast, part, another, offline, company)
}


def _readable() -> dict[str, str]:
    """What root has fetched, others may run."""
    return {"UV_PYTHON_INSTALL_DIR": "/opt/python"}


def _cold(name: str) -> dict[str, str]:
    """No package from an earlier row."""
    return {"XDG_CACHE_HOME": f"/tmp/{name.replace(' ', '-')}"}
