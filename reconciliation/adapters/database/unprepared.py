"""Why a base is not prepared, in words: code, cause, what to do. A statement comes from `advice` alone."""

from reconciliation import advice
from reconciliation.contract import TABLE
from reconciliation.errors import Code, ReconciliationError, error


def refused_to_owner(what: str) -> ReconciliationError:
    return error("RDS_AUTH", f"o dono do banco (o usuário mestre) não tem o direito de criar ou mudar {what}")


def not_made(what: str, code: object) -> ReconciliationError:
    return error("RECONCILIATION_FAILED", f"o banco recusou criar ou mudar {what} ({code})")


def unless_told(what: str, code: object, failure: ReconciliationError) -> ReconciliationError:
    """The failure as it is, unless its words are a run's, or nobody gave it any."""
    if failure.code == "RDS_QUERY_TIMEOUT":
        return too_long(what)
    return not_made(what, code) if failure.code == "RECONCILIATION_FAILED" else failure


def too_long(what: str) -> ReconciliationError:
    return error(
        "RDS_QUERY_TIMEOUT",
        f"o banco não terminou {what} no tempo que esta função lhe dá, ou esperou por um lock; repita, ou o"
        " dono do banco o faz à mão, como em docs/base.md",
    )


def not_seen(step: str) -> ReconciliationError:
    return error(
        "RECONCILIATION_FAILED",
        f"o passo {step} foi feito sem erro, e o banco não mostra depois o que ele faz; veja com verificar",
    )


def unfinished(index: str) -> str:
    return (
        f"um índice {index} ficou inacabado; ninguém o lê, mas pode recusar gravações com chave repetida."
        " criar_indices o tira, e o cria de novo"
    )


def left_unfinished(index: str, code: Code) -> ReconciliationError:
    return error(code, f"a criação falhou, e {unfinished(index)}")


def being_prepared() -> ReconciliationError:
    return error(
        "RDS_QUERY_TIMEOUT",
        "outra chamada desta função ainda prepara a base; espere por ela, e veja com verificar",
    )


def index_being_made(index: str) -> ReconciliationError:
    return error(
        "RDS_QUERY_TIMEOUT", f"o índice {index} está sendo criado por outra sessão; espere, e repita"
    )


def no_table_yet() -> ReconciliationError:
    return error("E_BASE_SCHEMA", f"a tabela {TABLE} ainda não existe; antes disto, criar_tabela")


def index_name_taken(index: str, advised: str) -> ReconciliationError:
    return error(
        "E_BASE_NO_UNIQUE_INDEX",
        f"o nome {index} já é de outro índice de {TABLE}, que fica como está; o índice que falta se cria à"
        f" mão, com outro nome: {advised}",
    )


def repeated_keys() -> ReconciliationError:
    return error(
        "E_BASE_DUP_OR_NULL_KEY",
        f"há ordem_id repetido em {TABLE}, e o índice único não se cria antes de corrigido. A consulta acha"
        f" as chaves repetidas: {advice.statement('find_repeated')}",
    )


def in_use() -> ReconciliationError:
    return error("INVALID_INPUT", f"{TABLE} já tem linhas; as de teste só entram em uma tabela vazia")


def no_user_yet(user: str) -> ReconciliationError:
    return error("RDS_AUTH", f"o usuário {user} ainda não existe; antes disto, criar_usuario")


def not_only_reading(user: str) -> ReconciliationError:
    return error(
        "RDS_AUTH",
        f"o usuário {user} já existe e pode mais do que ler, ou é usado em outro banco, por isso fica como"
        " está; a leitura pede um usuário só dela (database_user, na implantação)",
    )


def another_password(user: str) -> ReconciliationError:
    return error(
        "RDS_AUTH",
        f"o usuário {user} já existe e não entra com a senha do segredo; trocar_senha lhe dá essa senha",
    )


def reading_unseen(user: str) -> ReconciliationError:
    return error(
        "RDS_AUTH", f"só se vê o que {user} lê quando ele entra; depois de trocar_senha, repita verificar"
    )


def not_loaded(extension: str) -> ReconciliationError:
    return error(
        "INVALID_SETTING",
        f"{extension} existe, mas não foi carregada com o servidor; confira shared_preload_libraries no"
        " parameter group, e reinicie a instância",
    )
