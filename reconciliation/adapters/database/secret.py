"""Who reads the base and whom it trusts: the secret's values, the CA bundle."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import boto3
from botocore.exceptions import ClientError

from reconciliation.adapters.aws_errors import reason
from reconciliation.adapters.patience import PROMPT
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object
from reconciliation.errors import error
from reconciliation.layout import Location

Secret = dict[str, Any]
PLACE = ("engine", "host", "port", "dbname")
_USER = ("username", "password")
_VALUE_CHARS = 1_024


def read_secret(secret_id: str, read_endpoint: str = "") -> Secret:
    """Raises RDS_AUTH where it cannot be read or lacks a member; its content is in no message.

    `read_endpoint`, `host` or `host:port`, takes the place of the secret's.
    """
    secret = _stored(secret_id, (*PLACE, *_USER))
    host, _, port = read_endpoint.partition(":")
    if not re.fullmatch(r"[0-9]{1,5}", str(port or secret["port"])):
        raise error("RDS_AUTH", f"o segredo {secret_id}, ou read_endpoint, tem um port que não é um número")
    return {**secret, "host": host or secret["host"], "port": port or secret["port"]}


def user_at(place: Secret, secret_id: str) -> Secret:
    """The place's, for the user of that secret, of which no more than name and password is taken.

    RDS keeps no more of a master user, and people write the reader's: it leads no password away.
    Raises RDS_AUTH as `read_secret` does, and for a secret that names another place.
    """
    stored = _stored(secret_id, _USER)
    for name in PLACE:
        if str(stored.get(name, place[name])) != str(place[name]):
            raise error(
                "RDS_AUTH",
                f"o segredo {secret_id} tem em {name} outro valor que o do banco desta implantação"
                f" ({place[name]}), e só esse banco se prepara; ponha no segredo o dele",
            )
    return {**place, **{name: stored[name] for name in _USER}}


def _stored(secret_id: str, members: Sequence[str]) -> Secret:
    secrets = boto3.client("secretsmanager", config=PROMPT)
    try:
        stored = secrets.get_secret_value(SecretId=secret_id)
        secret = parse_object(stored["SecretString"], MESSAGE_BYTES)
        missing = [name for name in members if name not in secret]
    except (ClientError, KeyError, ValueError, TypeError) as exc:
        raise error("RDS_AUTH", f"o segredo {secret_id} não pode ser lido ({reason(exc)})") from None
    if missing:
        raise error("RDS_AUTH", f"o segredo {secret_id} não tem {', '.join(missing)}")
    if wrong := [name for name in members if not _is_value(secret[name])]:
        what = "um valor vazio, longo demais ou que não é um texto"
        raise error("RDS_AUTH", f"o segredo {secret_id} tem em {', '.join(wrong)} {what}")
    return secret


def _is_value(value: object) -> bool:
    """What a driver takes: of another kind, or with a NUL, its error might quote it."""
    text = str(value) if type(value) in (str, int) else ""
    is_utf8 = text.encode(errors="ignore").decode() == text  # JSON writes half a character, too
    return bool(text) and "\0" not in text and len(text) <= _VALUE_CHARS and is_utf8


@contextmanager
def authority(database_ca: str) -> Iterator[str]:
    """The path of the CA bundle, brought here where it is an s3 URI; "" for none. Raises INVALID_INPUT."""
    if not database_ca.startswith("s3://"):
        if database_ca and not Path(database_ca).is_file():
            raise error("INVALID_INPUT", f"database_ca: {database_ca} não existe")
        yield database_ca
        return
    where = Location.parse(database_ca)
    with NamedTemporaryFile(suffix=".pem") as local:
        try:
            s3 = boto3.client("s3", config=PROMPT)
            local.write(s3.get_object(Bucket=where.bucket, Key=where.key)["Body"].read())
        except ClientError as exc:
            raise error("INVALID_INPUT", f"database_ca: {database_ca} não pode ser lido") from exc
        local.flush()
        yield local.name
