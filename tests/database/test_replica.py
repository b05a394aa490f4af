"""A real streaming replica of each engine: what it has is read, and how far it is behind is told."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from local import children, postgres
from local.place import HOST
from reconciliation.adapters.database import secret as secrets
from reconciliation.adapters.database.base import LAG_UNKNOWN, REPLICA_LAG, open_base
from reconciliation.adapters.database.limits import Limits
from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, snapshot
from tests.database.conftest import DAY, Server
from tests.servers.prepared import prepared

pytestmark = pytest.mark.stack


class Replica:
    """A primary and the server that follows it."""

    def __init__(self, primary: postgres.Database, port: int) -> None:
        self.primary = primary
        self.port = port

    @property
    def endpoint(self) -> str:
        return f"{HOST}:{self.port}"

    def ask(self, statement: str, port: int | None = None) -> Any:
        connection = psycopg2.connect(self.primary.owner_url, port=port or self.port)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            answer = cursor.fetchone()[0] if cursor.description else None
        connection.close()
        return answer

    def write(self, statement: str) -> None:
        self.ask(statement, self.primary.port)


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    folder = tmp_path_factory.mktemp("primary")
    primary = prepared(postgres.start(folder))
    with (folder / "data" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host replication all {HOST}/32 scram-sha-256\n")
    port = postgres.free_port()
    found = Replica(primary, port)
    found.write("SELECT pg_reload_conf()")
    data = tmp_path_factory.mktemp("replica")
    process = _follow(primary, data, port)
    try:
        wait(lambda: found.ask("SELECT pg_is_in_recovery()"))
        yield found
    finally:
        children.stop(process)
        primary.stop()


def _follow(primary: postgres.Database, data: Path, port: int) -> Any:
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    data.chmod(0o700)
    copied = [
        "-h",
        HOST,
        "-p",
        str(primary.port),
        "-U",
        postgres.OWNER,
        "-D",
        str(data),
        "-R",
        "-X",
        "stream",
    ]
    environment = {"PGPASSWORD": primary.password, "LANG": "C.UTF-8", "PATH": os.defpath}
    backup = [*postgres._user(), str(postgres._binary("pg_basebackup")), *copied, "-c", "fast"]
    subprocess.run(backup, check=True, env=environment, cwd=data, capture_output=True)
    options = (f"port={port}", f"listen_addresses={HOST}", "unix_socket_directories=", "max_connections=40")
    command = [*postgres._user(), str(postgres._binary("postgres")), "-D", str(data)]
    return children.start(
        [*command, *(text for option in options for text in ("-c", option))], environment, data
    )


def wait(holds: Callable[[], Any], limit_s: float = 20) -> None:
    limit = time.monotonic() + limit_s
    while time.monotonic() < limit:
        try:
            if holds():
                return
        except psycopg2.OperationalError:
            pass
        time.sleep(0.05)
    raise AssertionError("the replica did not get there")


@pytest.fixture
def secret(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret names the primary."""

    class Secrets:
        def get_secret_value(self, **_: str) -> dict[str, str]:
            return {"SecretString": json.dumps(replica.primary.reader)}

    monkeypatch.setattr(secrets.boto3, "client", lambda _, config: Secrets())


@pytest.mark.usefixtures("secret")
def test_a_replica_is_read_and_says_how_far_it_is_behind(replica: Replica) -> None:
    insert = "INSERT INTO transacoes VALUES ('F', '{}', 'a', 'A', '2026-02-16', 1)"
    count = "SELECT count(*) FROM transacoes"
    replica.write(insert.format("O1"))
    wait(lambda: replica.ask(count) == 1)
    time.sleep(1.2)  # an idle primary is no lag
    with open_base("s", Limits(60), "", replica.endpoint) as base:
        known = {
            "engine": "postgres",
            "unique_proof": "index",
            "newest_date": "2026-02-16",
            "replica_lag_s": 0.0,
        }
        assert (base.facts, base.warnings) == (known, {})
        assert keys(base.day_rows(DAY)) == ["O1"]
        travelling = pickle.dumps(base.share(2))
        assert replica.primary.reader["password"].encode() not in travelling
        shares = pickle.loads(travelling)
        replica.write(insert.format("O2"))
        wait(lambda: replica.ask(count) == 2)
        for share in shares:
            with share.open() as joined:
                assert set(keys(joined.day_rows(DAY))) <= {"O1"}
    replica.ask("SELECT pg_wal_replay_pause()")
    stopped = datetime.now(UTC)
    time.sleep(1.0)
    replica.write(insert.format("O3"))
    wait(lambda: replica.ask("SELECT pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn()"))
    with open_base("s", Limits(60), "", replica.endpoint) as base:
        lag_s = base.facts["replica_lag_s"]
        assert 1.0 <= lag_s < (datetime.now(UTC) - stopped).total_seconds() + 10
        assert keys(base.day_rows(DAY)) == ["O1", "O2"]
    replica.ask("SELECT pg_wal_replay_resume()")
    with open_base("s", Limits(60), "", f"{HOST}:{replica.primary.port}") as base:
        assert base.facts["replica_lag_s"] == 0.0, "the primary is behind nobody"
        assert keys(base.day_rows(DAY)) == ["O1", "O2", "O3"]


@contextmanager
def unlike_postgres(replica: Replica, sqlstate: str) -> Iterator[None]:
    """The replica refuses to say what it has received, as Aurora does by 0A000."""
    kept, refusing = "kept_pg_last_wal_receive_lsn", "pg_last_wal_receive_lsn"
    rename, mods = "ALTER FUNCTION pg_catalog.{}() RENAME TO {}", "SET allow_system_table_mods = on"
    says = f"RAISE ''Function %() is currently not supported'', ''{refusing}'' USING ERRCODE = ''{sqlstate}''"
    replica.write(
        f"{mods}; {rename.format(refusing, kept)}; CREATE FUNCTION pg_catalog.{refusing}() RETURNS pg_lsn"
        f" LANGUAGE plpgsql AS 'BEGIN {says}; END'"
    )
    there = f"SELECT count(*) = {{}} FROM pg_proc WHERE proname = '{kept}'"
    try:
        wait(lambda: replica.ask(there.format(1)))
        yield
    finally:
        replica.write(f"{mods}; DROP FUNCTION pg_catalog.{refusing}(); {rename.format(kept, refusing)}")
        wait(lambda: replica.ask(there.format(0)))


@pytest.mark.usefixtures("secret")
def test_a_replica_that_cannot_tell_its_lag_is_read_in_one_snapshot(replica: Replica) -> None:
    insert = "INSERT INTO transacoes VALUES ('F', '{}', 'a', 'A', '2026-02-16', 1)"
    replica.write("DELETE FROM transacoes")
    replica.write(insert.format("O1"))
    with unlike_postgres(replica, "0A000"), open_base("s", Limits(60), "", replica.endpoint) as base:
        assert (base.facts["replica_lag_s"], base.warnings) == (None, {LAG_UNKNOWN: 1})
        replica.write(insert.format("O2"))
        wait(lambda: replica.ask("SELECT count(*) FROM transacoes") == 2)
        assert base.session.lag_s() is None
        assert keys(base.day_rows(DAY)) == ["O1"]
        for share in base.share(2):
            with share.open() as joined:
                assert set(keys(joined.day_rows(DAY))) <= {"O1"}
    replica.write("DELETE FROM transacoes")
    wait(lambda: replica.ask("SELECT count(*) FROM transacoes") == 0)


@pytest.mark.usefixtures("secret")
def test_a_lag_that_fails_otherwise_ends_the_reading(replica: Replica) -> None:
    with (
        unlike_postgres(replica, "XX000"),
        pytest.raises(ReconciliationError, match=r"\(XX000\)"),
        open_base("s", Limits(60), "", replica.endpoint),
    ):
        pass


@pytest.mark.usefixtures("secret")
def test_a_replica_that_ends_a_reading_is_named(replica: Replica) -> None:
    """The primary removes rows that the reader still sees, and the replica may not wait for it."""
    replica.ask("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    replica.ask("SELECT pg_reload_conf()")
    replica.write("INSERT INTO transacoes SELECT 'F', 'C' || n, repeat('x', 250), 'A', '2026-02-16', 1"
                  " FROM generate_series(1, 100000) AS s(n)")  # fmt: skip
    wait(lambda: replica.ask("SELECT count(*) FROM transacoes") >= 100_000)
    with pytest.raises(ReconciliationError, match="a réplica cancelou") as refused:
        read_while_rows_are_removed(replica)
    assert refused.value.code == "RDS_QUERY_TIMEOUT"


@pytest.mark.usefixtures("secret")
def test_a_replica_in_another_order_mends_nothing(replica: Replica) -> None:
    """What it is offered, its primary would have to run, whose own order may be the recorded one."""
    recorded = "UPDATE pg_collation SET collversion = '{}' WHERE collname = 'pg_c_utf8'"
    replica.write("CREATE UNIQUE INDEX besides ON transacoes(ordem_id COLLATE pg_c_utf8)")
    replica.write(recorded.format("0.9"))
    wait(lambda: replica.ask("SELECT collversion FROM pg_collation WHERE collname = 'pg_c_utf8'") == "0.9")
    told = {}
    for port in (replica.port, replica.primary.port):
        with pytest.raises(ReconciliationError) as refused, open_base("s", Limits(60), "", f"{HOST}:{port}"):
            pass
        assert refused.value.code == "E_BASE_NO_UNIQUE_INDEX"
        told[port] = str(refused.value)
    assert "réplica" in told[replica.port]
    assert "REINDEX" not in told[replica.port]
    assert "REINDEX" in told[replica.primary.port]
    replica.write(recorded.format("1"))
    replica.write("DROP INDEX besides")


def read_while_rows_are_removed(replica: Replica) -> None:
    with open_base("s", Limits(60, copied_bytes=65_536), "", replica.endpoint) as base:
        frames = base.day_rows(DAY)
        next(frames)
        replica.write("DELETE FROM transacoes")
        replica.write("VACUUM transacoes")
        wait(lambda: replica.ask("SELECT count(*) FROM transacoes") == 0)
        list(frames)


def test_a_lag_is_a_warning_where_it_could_matter(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for lag_s, warnings in ((None, {LAG_UNKNOWN: 1}), (61.0, {REPLICA_LAG: 1}), (59.0, {}), (0.0, {})):
        with snapshot(server.secret, 60) as base:
            monkeypatch.setattr(type(base.session), "lag_s", lambda _, found=lag_s: found)
            base.note_lag()
            assert (base.warnings, base.facts["replica_lag_s"]) == (warnings, lag_s)
