"""The stack's process: `python -m local.server DIRECTORY PORT`, started by local.stack."""

import argparse
import fcntl
import gc
import json
import logging
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import IO, Any

import botocore.session
from botocore.loaders import create_loader
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from infra.asked import PORTUGUESE, full, no_room
from local import children, outbox, packages, postgres, spark
from local.aws import cloudformation, network, services
from local.aws.guard import Guard
from local.place import CHECKOUT, HOST, Place, StackError, listen, running_already


def serve(directory: Path, port: int, stop: threading.Event) -> None:
    """Until `stop` is set. What the user has to know is the last line of stderr."""
    lock, listener = _claim(directory), listen(port)
    place = Place(directory, listener.getsockname()[1])
    with ThreadPoolExecutor(1) as beside:
        database = beside.submit(postgres.start, directory / "postgres")
        _prepare(place)
        server = _server(place, listener)
    try:
        threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
        threading.Thread(target=spark.environment, args=(place.cache, place.runs), daemon=True).start()
        slack_webhook_url = outbox.receive_slack(place.outbox)
        cloudformation.put_database_at(HOST, database.result().port)
        network.stand_in(database.result().port, slack_webhook_url)
        _tell(place, database.result(), slack_webhook_url)
        gc.freeze()  # what is loaded stays
        stop.wait()
    finally:
        (directory / "stack.json").unlink(missing_ok=True)
        database.result().stop()
        children.stop_all()
        _forget_runs(place)
        _release(listener, lock)


def _claim(directory: Path) -> IO[str]:
    """Holding this lock is what it means to be this directory's stack."""
    lock = (directory / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise running_already(directory) from None
    (directory / "stack.json").unlink(missing_ok=True)  # of one that was killed
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _release(listener: socket.socket, lock: IO[str]) -> None:
    """Whoever finds the lock free may have the port: what else holds the socket listens no longer."""
    listener.shutdown(socket.SHUT_RDWR)
    lock.close()


def _prepare(place: Place) -> None:
    """What moto reads from the environment, and what it is taught."""
    os.environ |= {**place.aws, "MOTO_PORT": str(place.port)}
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("moto.stepfunctions").setLevel(
        logging.CRITICAL
    )  # else the whole definition at each failure
    _forget_runs(place)
    place.runs.mkdir(parents=True, exist_ok=True)
    place.outbox.unlink(missing_ok=True)
    packages.forget_unused(place.cache)
    botocore.session.create_loader = cache(create_loader)  # else each of moto's sessions reads its megabytes
    services.install(place)
    _write_cli(place)


def _forget_runs(place: Place) -> None:
    """The folders of job runs, and nothing else that somebody keeps there."""
    for folder in place.runs.glob("jr_*"):
        shutil.rmtree(folder, ignore_errors=True)


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]  # moto has no types
    """moto's, which asks the disk for the names of all its services at each request."""

    get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)


def _server(place: Place, listener: socket.socket) -> Any:
    application = Guard(_Dispatcher(create_backend_app))
    return make_server(
        HOST, place.port, application, threaded=True, request_handler=MotoRequestHandler, fd=listener.fileno()
    )


def _write_cli(place: Place) -> None:
    """`aws` for this stack's PATH. Its configuration is its own, so that no profile of the user's counts."""
    folder = place.directory / "bin"
    folder.mkdir(exist_ok=True)
    configuration, command = folder / "aws-config", folder / "aws"
    # as version 2: how it shows times, and that an argument which is an address is not fetched
    configuration.write_text("[default]\ncli_timestamp_format = iso8601\ncli_follow_urlparam = false\n")
    variables = [f"AWS_CONFIG_FILE={configuration}", f"AWS_SHARED_CREDENTIALS_FILE={os.devnull}"]
    variables += [f"{name}={HOST}" for name in ("no_proxy", "NO_PROXY")]
    program = [sys.executable, "-P", str(CHECKOUT / "local" / "aws_cli.py")]
    line = shlex.join(["env", "-u", "AWS_PROFILE", *variables, *program])
    command.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
    command.chmod(0o755)


def _tell(place: Place, database: postgres.Database, slack_webhook_url: str) -> None:
    facts = {
        "pid": os.getpid(),
        "endpoint": place.endpoint,
        "base_database_url": database.owner_url,
        "database": database.reader,
        "owner": database.owner,
        "slack_webhook_url": slack_webhook_url,
    }
    unfinished = place.directory / "stack.json.tmp"
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(facts))
    unfinished.rename(place.directory / "stack.json")


def _end_with_stdin(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.server")
    parser.add_argument("directory", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--attached", action="store_true", help="end when stdin does")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.attached:
        threading.Thread(target=_end_with_stdin, args=(stop,), daemon=True).start()
    try:
        serve(options.directory, options.port, stop)
    except StackError as exc:
        raise SystemExit(str(exc)) from None
    except Exception as exc:
        logging.exception("the stack failed")
        told = no_room(PORTUGUESE, exc, full([options.directory])) or f"O ambiente local não subiu: {exc}"
        raise SystemExit(told.replace("\n", " ")) from None
    os._exit(0)  # requests still under way would be waited for


if __name__ == "__main__":
    main()
