"""What people ask of what is published, by name, in Athena's SQL (runbook 4.6).

Each is in the workgroup twice, under one name: as a saved query, which the console lists and whose values it
asks for, and as a prepared statement, which a command runs (`EXECUTE name`). A saved query alone is known to
a command by an id only, another one after each change (CloudFormation's reference, AWS::Athena::NamedQuery).

A value is a `?`, in WHERE alone and by its place (Athena's guide, "Use parameterized queries"). Every table
is read on given days: it has each day since 1900, and Athena would look for an object on all of them. Of an
object that was replaced it reads what stands there, so a reprocessed day counts once.
"""

from typing import NamedTuple

from aws_cdk import aws_athena as athena
from constructs import Construct

from infra.analytics import SUMMARIES, TABLE, database_name
from infra.names import WORKGROUP
from infra.published import COLUMNS
from infra.settings import Settings
from reconciliation.contract import TYPES


class SavedQuery(NamedTuple):
    """`values` are the variables of runbook 4.6, a `?` each, in their order."""

    name: str
    values: tuple[str, ...]
    description: str
    sql: str


SAVED: tuple[SavedQuery, ...] = (
    SavedQuery(
        "divergencias_da_ordem",
        ("DE", "ATE", "ORDEM"),
        "Uma ordem: o que divergiu, em cada dia publicado do período",
        "SELECT {row} FROM {divergences} WHERE dia BETWEEN ? AND ? AND ordem_id = ? ORDER BY dia",
    ),
    SavedQuery(
        "divergencias_do_fornecedor",
        ("DE", "ATE", "FORNECEDOR"),
        "Um fornecedor: as divergências dele em cada dia publicado do período",
        "SELECT {row} FROM {divergences} WHERE dia BETWEEN ? AND ? AND fornecedor_id = ?"
        " ORDER BY dia, tipo_divergencia, ordem_id",
    ),
    SavedQuery(
        "resumo_do_dia",
        ("DIA", "DIA"),
        "Um dia: quantas divergências de cada tipo e quanto em R$, contadas agora e como o resumo as conta."
        " Um dia publicado sem divergências tem zeros; um dia sem linhas não está publicado",
        "SELECT resumo.dia, resumo.job_id, tipo.tipo_divergencia,"
        " coalesce(contadas.divergencias, 0) AS divergencias,"
        " coalesce(element_at(resumo.types, tipo.tipo_divergencia), 0) AS divergencias_no_resumo,"
        " coalesce(contadas.valor_bruto, 0) AS valor_bruto,"
        " coalesce(contadas.diferenca_valor, 0) AS diferenca_valor"
        " FROM {summaries} AS resumo CROSS JOIN (VALUES {kinds}) AS tipo (tipo_divergencia)"
        " LEFT JOIN (SELECT tipo_divergencia, count(*) AS divergencias,"
        " sum(abs(diferenca_valor)) AS valor_bruto, sum(diferenca_valor) AS diferenca_valor"
        " FROM {divergences} WHERE dia = ? GROUP BY tipo_divergencia) AS contadas"
        " ON contadas.tipo_divergencia = tipo.tipo_divergencia"
        " WHERE resumo.dia = ? AND resumo.status = 'SUCCEEDED' ORDER BY tipo.tipo_divergencia",
    ),
    SavedQuery(
        "divergencias_por_valor",
        ("DIA", "TIPO"),
        "Um tipo: todas as divergências dele no dia, da maior à menor em R$, sem o sinal",
        "SELECT {row} FROM {divergences} WHERE dia = ? AND tipo_divergencia = ?"
        " ORDER BY abs(diferenca_valor) DESC, ordem_id",
    ),
    SavedQuery(
        "ordens_repetidas",
        ("DE", "ATE"),
        "As ordens que divergiram em mais de um dia do período: em quantos, em quais e com que tipo,"
        " e quanto em R$ no último deles",
        "SELECT ordem_id, count(*) AS dias, min(dia) AS primeiro_dia, max(dia) AS ultimo_dia,"
        " array_join(array_agg(dia || ' ' || tipo_divergencia ORDER BY dia), ', ') AS tipos,"
        " max_by(diferenca_valor, dia) AS ultima_diferenca_valor"
        " FROM {divergences} WHERE dia BETWEEN ? AND ?"
        " GROUP BY ordem_id HAVING count(*) > 1 ORDER BY dias DESC, ordem_id",
    ),
)
"""A day has one row an order. Money is in R$; gross is without the signs."""


def saved_queries(settings: Settings) -> tuple[SavedQuery, ...]:
    """With the deployment's tables: a statement's words stand alone, whatever database is asked from."""
    database = database_name(settings)
    known = {
        "divergences": f'"{database}"."{TABLE}"',
        "summaries": f'"{database}"."{SUMMARIES}"',
        "row": ", ".join(("dia", *(name for name, _ in COLUMNS))),
        "kinds": ", ".join(f"('{kind}')" for kind in TYPES),
    }
    return tuple(query._replace(sql=query.sql.format(**known)) for query in SAVED)


class SavedQueries(Construct):
    """In the workgroup, which has to be there before: its name is all that they know of it."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        workgroup = settings.named(WORKGROUP)
        for query in saved_queries(settings):
            title = query.name.replace("_", " ").title().replace(" ", "")
            athena.CfnNamedQuery(
                self,
                f"{title}Saved",
                database=database_name(settings),
                description=query.description,
                name=query.name,
                query_string=query.sql,
                work_group=workgroup,
            )
            athena.CfnPreparedStatement(
                self,
                f"{title}Prepared",
                description=query.description,
                query_statement=query.sql,
                statement_name=query.name,
                work_group=workgroup,
            )
