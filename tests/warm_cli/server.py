"""`server.py SOCKET`: a fork for each command, in which AWS CLI is loaded, and the models that were read."""

import json
import os
import signal
import socket
import sys
import traceback
from functools import cache
from typing import NoReturn

import botocore.session
from awscli import clidriver
from botocore import loaders

from local import aws_cli

MODELS = os.environ["AWS_DATA_PATH"]
"""As AWS CLI sets it when it is imported."""
USED = ("s3", "stepfunctions", "lambda", "glue", "logs", "cloudwatch", "sns", "sqs", "secretsmanager")


def run(arguments: list[str]) -> int:
    """As `local/aws_cli.py` does, but that AWS CLI is called where it would be executed."""
    try:
        aws_cli.main(arguments)
    except SystemExit as exc:
        if isinstance(exc.code, str):
            print(exc.code, file=sys.stderr)
            return 1
        return exc.code or 0
    return 0


def called(_: str, words: list[str]) -> NoReturn:
    sys.argv = words[words.index("awscli") :]
    sys.exit(clidriver.main())


def answer(caller: socket.socket) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, files, _, _ = socket.recv_fds(caller, 1 << 20, 3)
    while more := caller.recv(1 << 20):
        said += more
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    arguments, folder, variables = json.loads(said)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update({**variables, "AWS_DATA_PATH": MODELS})
    code = 1
    try:
        code = run(arguments)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        caller.sendall(str(code).encode())
        os._exit(0)


def main(where: str) -> None:
    create_loader = botocore.session.create_loader = cache(loaders.create_loader)
    for name in USED:
        create_loader(MODELS).load_service_model(name, "service-2")
    os.execv = called  # type: ignore[assignment]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(where)
        listening.listen(16)
        while True:
            caller, _ = listening.accept()
            if not os.fork():
                answer(caller)
            caller.close()


if __name__ == "__main__":
    main(sys.argv[1])
