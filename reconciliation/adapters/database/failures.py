"""What can fail at the database, in words: code, cause, and the statement that mends it.

Never a statement's own text or a parameter: those hold data.
"""

from reconciliation.contract import TABLE
from reconciliation.errors import ReconciliationError, error


def unknown_engine(engine: object) -> ReconciliationError:
    return error("E_BASE_SCHEMA", f"o motor {engine!r} do segredo não é atendido: use postgres ou mysql")


def timeout() -> ReconciliationError:
    return error("RDS_QUERY_TIMEOUT", "a consulta excedeu query_timeout_s, ou esperou por um lock")


def replica_conflict() -> ReconciliationError:
    return error(
        "RDS_QUERY_TIMEOUT",
        "a réplica cancelou a leitura para seguir a escrita: ligue nela hot_standby_feedback,"
        " ou aumente max_standby_streaming_delay",
    )


def refused() -> ReconciliationError:
    return error("RDS_AUTH", "usuário ou senha do segredo recusados pelo banco")


def not_granted() -> ReconciliationError:
    return error(
        "RDS_AUTH", f"o usuário do segredo não pode ler {TABLE}: GRANT SELECT ON {TABLE} TO usuário;"
    )


def no_such_database() -> ReconciliationError:
    return error("RDS_AUTH", "o banco (dbname) do segredo não existe nesse servidor")


def untrusted() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o certificado do banco não confere: use em host o nome do endpoint, e em database_ca a CA do RDS",
    )


def unreachable() -> ReconciliationError:
    return error("RDS_UNREACHABLE", "o banco não responde; verifique rede, security groups e manutenção")


def no_table(create: str) -> ReconciliationError:
    return error("E_BASE_SCHEMA", f"a tabela {TABLE} não existe nesse banco: {create}")


def other(code: object) -> ReconciliationError:
    return error("RECONCILIATION_FAILED", f"o banco recusou a leitura ({code})")
