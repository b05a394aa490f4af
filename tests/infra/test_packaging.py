"""The packages: the same bytes twice, what is in them, and that the functions' stands alone."""

import hashlib
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from infra import packaging
from infra.app import ROOT
from infra.jobs import JOBS
from infra.packaging import (
    UNPACKED_LIMIT_BYTES,
    Packages,
    PackagingError,
    build,
    download_wheels,
    write_zip,
)
from local.packages import installed

BROUGHT = {
    "output_job": {"boto3", "polars", "jinja2", "xlsxwriter"},
    "validation_job": {"boto3", "polars"},
    "reconciliation_job": {"boto3", "polars", "psycopg2", "pymysql"},
}
REPORT = ", glue_jobs.report"
"""What the output job imports once the day is published."""
HEAVY = set[str]().union(*BROUGHT.values())
CLIENTS = ("s3", "stepfunctions", "glue", "sns", "cloudwatch", "secretsmanager")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return build_in(tmp_path_factory.mktemp("build"))


def build_in(folder: Path) -> Packages:
    """Built there, with the checkout's wheels: they are downloaded once."""
    wheels = ROOT / "build" / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    (folder / "wheels").symlink_to(wheels)
    return build(ROOT, folder)


def files(packages: Packages) -> list[Path]:
    return [packages.functions, packages.explain, packages.jobs, *packages.wheels.values()]


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_two_builds_are_equal(packages: Packages, tmp_path: Path) -> None:
    again = build_in(tmp_path)
    assert {job: path.name for job, path in again.wheels.items()} == {
        job: path.name for job, path in packages.wheels.items()
    }
    for one, other in zip(files(packages), files(again), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_functions_have_no_kernels_and_few_models(packages: Packages) -> None:
    found = names(packages.functions)
    assert "lambdas/trigger.py" in found
    assert "reconciliation/contract.py" in found
    made_by = [f"reconciliation/adapters/database/{engine}/base.sql" for engine in ("postgres", "mysql")]
    assert set(made_by) <= set(found)
    assert "boto3/__init__.py" in found
    of_others = ("kernels", "report", "explaining")
    unused = (
        *(f"reconciliation/{folder}/" for folder in of_others),
        "lambdas/explain.py",
        "polars",
        "jinja2",
    )
    assert not [name for name in found if name.startswith(unused)]
    assert not [name for name in found if name.startswith("botocore/data/ec2/")]
    assert {"psycopg2/__init__.py", "pymysql/__init__.py"} <= set(found)
    assert packages.functions.stat().st_size < 10_000_000


def test_the_explaining_function_has_a_package_of_its_own_with_polars(packages: Packages) -> None:
    found = names(packages.explain)
    assert len(set(found)) == len(found)
    assert {"lambdas/explain.py", "reconciliation/kernels/classify.py", "polars/__init__.py"} <= set(found)
    assert {name for name in found if name.startswith("lambdas/")} == {
        "lambdas/__init__.py",
        "lambdas/explain.py",
    }
    assert not [name for name in found if name.startswith(("psycopg2", "pymysql", "reconciliation/report/"))]
    with zipfile.ZipFile(packages.explain) as archive:
        assert sum(info.file_size for info in archive.infolist()) < UNPACKED_LIMIT_BYTES


def test_what_is_left_out_of_its_libraries_is_left_out_of_the_next_build(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its libraries are kept from build to build, by what is in them."""
    (tmp_path / "wheels").mkdir()
    for kept in (packages.explain.parent / "wheels").iterdir():
        (tmp_path / "wheels" / kept.name).symlink_to(kept.resolve())
    monkeypatch.setattr(packaging, "is_needed", lambda name: name == "polars/__init__.py")
    found = names(build(ROOT, tmp_path).explain)
    assert [name for name in found if not name.startswith(("lambdas/", "reconciliation/"))] == [
        "polars/__init__.py"
    ]


def test_jobs_have_the_shared_code_and_nothing_else(packages: Packages) -> None:
    found = names(packages.jobs)
    assert {name.split("/")[0] for name in found} == {"reconciliation", "glue_jobs"}
    assert {"glue_jobs/options.py", "reconciliation/kernels/__init__.py"} <= set(found)
    templates = {path.relative_to(ROOT).as_posix() for path in (ROOT / "reconciliation").rglob("templates/*")}
    assert templates <= set(found)


@pytest.mark.parametrize("job", BROUGHT)
def test_wheels_are_laid_out_as_glue_installs_them(packages: Packages, job: str) -> None:
    with zipfile.ZipFile(packages.wheels[job]) as archive:
        pins = archive.read("wheels/requirements.txt").decode().split()
        wheels = [name for name in archive.namelist() if name.endswith(".whl")]
    assert packages.wheels[job].name.endswith(".gluewheels.zip")
    assert len(pins) == len(wheels) > 0
    versions = {tuple(Path(name).name.lower().split("-")[:2]) for name in wheels}
    assert {tuple(pin.replace("-", "_").split("==")) for pin in pins} == versions


@pytest.mark.parametrize("job", BROUGHT)
def test_a_job_is_complete_with_its_own_wheels_and_has_none_for_another(
    packages: Packages, job: str, tmp_path: Path
) -> None:
    """Beside its code and them there is only what Glue itself has: its own boto3 is left out."""
    bundle, site = packages.wheels[job], Path(sysconfig.get_path("purelib"))
    for name in ("awsglue", "py4j", "pyspark"):
        (tmp_path / name).symlink_to(site / name)
    digest = hashlib.md5(bundle.read_bytes()).hexdigest()  # the stacks' own, so it is unpacked once
    wheels = installed(bundle.read_bytes, ROOT / ".local" / "cache" / "wheels" / digest)
    program = (
        f"import sys; sys.path += {[str(path) for path in (packages.jobs, wheels, tmp_path)]!r}\n"
        f"import glue_jobs.{job}{REPORT if job == 'output_job' else ''}; print(*{HEAVY!r} & set(sys.modules))"
    )
    imported = subprocess.check_output([sys.executable, "-I", "-S", "-c", program], text=True)
    assert set(imported.split()) == BROUGHT[job]
    assert {name for name in HEAVY if (wheels / name).exists()} == BROUGHT[job]


def test_each_job_brings_wheels(packages: Packages) -> None:
    assert set(packages.wheels) == set(BROUGHT) == {spec.module for spec in JOBS}


@pytest.mark.parametrize("package", ["functions", "explain"])
def test_functions_import_and_call_aws_from_their_package_alone(
    packages: Packages, package: str, tmp_path: Path
) -> None:
    path: Path = getattr(packages, package)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    modules = [name[:-3].replace("/", ".") for name in names(path) if name.startswith("lambdas/")]
    program = (
        f"import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; "
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"import importlib, boto3\n"
        f"[importlib.import_module(name) for name in {modules}]\n"
        f"[boto3.client(name, region_name='sa-east-1') for name in {CLIENTS}]\n"
    )
    subprocess.run([sys.executable, "-I", "-c", program], check=True)


def test_a_package_over_lambdas_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"big\.zip unpacks to 4 bytes; the limit is 3"):
        write_zip(tmp_path / "big.zip", [("a", b"1234")], limit_bytes=3)


def test_a_wheel_that_cannot_be_had_is_one_sentence(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("no hash==1.0\n")
    with pytest.raises(PackagingError, match=r"could not download the wheels of requirements\.txt: "):
        download_wheels(requirements, tmp_path / "wheels")
    assert list((tmp_path / "wheels").iterdir()) == []


def test_a_folder_of_wheels_has_all_that_setting_up_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What builds pyspark too: without it the folder is of no use where there is no network."""
    asked = set()
    monkeypatch.setattr(packaging, "_pip", lambda pins, *_: asked.add(pins.name))
    packaging.fill(ROOT, tmp_path)
    read = re.findall(r"\$here/(\w+\.txt)", (ROOT / "requirements" / "install.sh").read_text())
    assert {"bootstrap.txt", "build.txt", "dev.txt"} == set(read)
    assert asked == set(read) | {"functions.txt"} | {f"{job}.txt" for job in BROUGHT}


def test_every_wheel_is_held_against_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def refused(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "refused")

    monkeypatch.setattr(subprocess, "run", refused)
    for requirements in sorted((ROOT / "requirements").glob("*.txt")):
        with pytest.raises(PackagingError):
            download_wheels(requirements, tmp_path / requirements.stem)
        assert "--require-hashes" in asked[-1]
        pins = re.findall(r"^[a-z0-9][^\n]*==(?:[^\n]*\\\n)*[^\n]*$", requirements.read_text(), re.MULTILINE)
        assert pins
        assert [pin for pin in pins if "--hash=sha256:" not in pin] == []


def test_any_part_of_the_deployment_starts_the_cdk_on_a_machine_without_node(tmp_path: Path) -> None:
    """In a home, too, that the group may write, as on Debian 13: jsii unpacks nothing below such a folder."""
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache").chmod(0o775)
    done = subprocess.run(
        [sys.executable, "-c", "import infra, constructs"], env={"HOME": str(tmp_path), "PATH": ""},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
