"""What is told of one order, as a document: `story` decides it, `wording` says it, programs read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal[
    "DIVERGENTE", "IGUAL", "RECUSADA", "DESCONHECIDA", "SEM_DIVERGENCIA", "SEM_PUBLICACAO",
]  # fmt: skip
"""SEM_DIVERGENCIA is of a day whose data are no longer kept: equal, or not on both sides, nobody can tell."""
Part = Literal["VALE", "REPETIDA", "RECUSADA"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the file. `texto` is None where it was not read: too many, or the file is gone."""

    linha: int
    situacao: Part
    codigo: str | None = None
    detalhe: str | None = None
    texto: str | None = None
    cortada: bool = False


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A field on both sides, as text; None is a side without a row, or a base's NULL.

    `igual` is None where one side alone is there.
    """

    campo: str
    arquivo: str | None
    base: str | None
    igual: bool | None
    so_invisivel: bool


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A published row, in short. Amounts are in reais, file − base."""

    tipo: str
    motivo: str
    campos: tuple[str, ...]
    diferenca_valor: str
    linha: int | None
    job_id: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """Who said so. `linhagem` is the job and attempt with which the data began; None: no longer kept."""

    job_id: str
    attempt: int
    linhagem: str | None
    fingerprint: str
    data_de_referencia: str | None
    arquivo: Mapping[str, str]
    """Its `s3_key`, `version_id` and `sha256`."""
    base: Mapping[str, Any]
    """Where the rows came from, as the summary tells it."""
    regras: Mapping[str, Any]
    rules_sha256: str
    published_etag: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """A published day on which the order diverged."""

    dia: str
    divergencia: Divergence


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Another key that is written almost so, and where it is: `arquivo`, `base`, `divergências`."""

    ordem_id: str
    onde: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is told. `dia` is the one that is explained, None where none is published.

    `sem_dia`: none was asked for, so all of `dias_olhados` were sought through for one that knows the order.
    `dias_olhados` were read, each whole; of `dias_nao_lidos`, with `por_que`, nothing is known.
    """

    ordem_id: str
    dia: str | None
    desfecho: Outcome
    sem_dia: bool
    guardado: bool = False
    divergencia: Divergence | None = None
    conferida: bool | None = None
    linhas: tuple[Line, ...] = ()
    linhas_a_mais: int = 0
    repetidas_sem_numero: bool = False
    na_base: Mapping[str, str | None] | None = None
    comparacao: tuple[Compared, ...] = ()
    execucao: Run | None = None
    historico: tuple[Past, ...] = ()
    dias_olhados: tuple[str, ...] = ()
    dias_nao_lidos: tuple[Mapping[str, str], ...] = ()
    parecidas: tuple[Alike, ...] = ()
    parecidas_a_mais: int = 0
    grafias_procuradas: int = 0
    procurada_em: tuple[str, ...] = ()
    linhas_sem_chave: int = 0
    """Refused lines of the day whose key nobody can read: the order may be in one of them."""
    avisos: Mapping[str, int] = field(default_factory=dict)
