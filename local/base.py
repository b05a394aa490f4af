"""A person's base, a CSV with the contract's columns: looked at before anything starts, then loaded."""

from __future__ import annotations

import csv
import errno
import os
import re
from pathlib import Path

import psycopg2
import psycopg2.errors

from local.generated_day import HEADER

_COLUMNS = HEADER.split(";")
_FIRST_BYTES = 1 << 20
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|")
_VALOR = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2}0*)?|")
"""PostgreSQL would take more, and read some of it otherwise than meant: days as months, cents rounded."""
_KEY = re.compile(r"=\((.{0,100}).*\)", re.DOTALL)
"""The value of a unique index's one column, in PostgreSQL's detail of what it refuses."""


class Mistake(Exception):
    """What is wrong with the arguments or the person's own files, in one sentence."""


def first_bytes(name: str, path: Path) -> bytes:
    """Of the file that make's variable of that name names. Raises Mistake."""
    if path.exists() and not path.is_file():  # a folder; a device or a pipe has no end, or is read once
        raise Mistake(f"{name}={path}: não é um arquivo.")
    try:
        with path.open("rb") as file:
            return file.read(_FIRST_BYTES)
    except OSError as exc:
        raise Mistake(f"{name}={path}: não foi possível ler o arquivo ({exc.strerror}).") from exc


def check_base(base: Path) -> None:
    """Raises Mistake for a file that is none, or the first line that is no row: 1 s for a million lines."""
    first_bytes("BASE", base)
    try:
        with base.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, delimiter=";", strict=True)
            header = next(rows, [])
            if header != _COLUMNS:
                shown = ";".join(header)[:100]
                raise Mistake(f"BASE={base}: o cabeçalho deve ser {HEADER} e é {shown!r}.")
            for row in rows:
                if wrong := _wrong(row):
                    raise Mistake(f"BASE={base}: linha {rows.line_num}: {wrong}.")
    except UnicodeDecodeError as exc:
        raise Mistake(f"BASE={base}: não é um texto em UTF-8.") from exc
    except csv.Error as exc:
        raise Mistake(f"BASE={base}: linha {rows.line_num}: não é CSV ({exc}).") from exc


def _wrong(row: list[str]) -> str:
    if len(row) != len(_COLUMNS):
        return f"{len(row)} campos, e são {len(_COLUMNS)}"
    *_, data, valor = row
    if not _DATE.fullmatch(data):
        return f"data {data[:30]!r} não é AAAA-MM-DD"
    if not _VALOR.fullmatch(valor):
        return f"valor {valor[:30]!r} não é um número como 1234.56, de até 16 dígitos e 2 decimais"
    return ""


def load_base(database_url: str, base: Path) -> int:
    """Fills `transacoes` anew from a CSV with the contract's columns; answers the rows.

    Raises as `replace_base`.
    """
    return replace_base(database_url, base)[0]


def replace_base(database_url: str, base: Path) -> tuple[int, int]:
    """As `load_base`; answers the rows that are there now, and those that were.

    Raises Mistake, or OSError where the disk is full.
    """
    connection = psycopg2.connect(database_url)
    try:
        with connection, connection.cursor() as cursor, base.open("rb") as file:
            cursor.execute("select count(*) from transacoes")
            (there,) = cursor.fetchone() or (0,)
            cursor.execute("truncate transacoes")
            cursor.copy_expert(
                f"copy transacoes ({', '.join(_COLUMNS)}) from stdin"
                " with (format csv, header, delimiter ';')",
                file,
                1 << 20,
            )
            rows = int(cursor.rowcount)
            cursor.execute("analyze transacoes")
    except psycopg2.errors.DiskFull as exc:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from exc
    except psycopg2.errors.UniqueViolation as exc:
        found = _KEY.search(exc.diag.message_detail or "")
        key = found[1] if found else ""
        raise Mistake(f"BASE={base}: o ordem_id {key!r} está em mais de uma linha.") from exc
    except psycopg2.Error as exc:
        raise _refused(base, exc) from exc
    finally:
        connection.close()
    return rows, there


def _refused(base: Path, exc: psycopg2.Error) -> Mistake:
    where = (exc.diag.context or "").split("\n", 1)[0].removeprefix("COPY transacoes, ")
    where = f"({where})" if where else ""
    said = " ".join(filter(None, (exc.diag.message_primary or str(exc), exc.diag.message_detail, where)))
    return Mistake(f"BASE={base}: o PostgreSQL recusou a base: {said}.")
