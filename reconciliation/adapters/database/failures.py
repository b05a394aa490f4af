"""What can fail at the database, in words: code, cause, and what to do.

A statement comes last, behind the only colon, and from `advice` alone. Never one that was sent, or a
parameter: those hold data. Names and keys are data, too (`naming`).
"""

from collections.abc import Sequence

from reconciliation import advice
from reconciliation.adapters.database.naming import plain, quoted, some
from reconciliation.contract import COLUMNS, TABLE, TEXTS
from reconciliation.errors import ReconciliationError, error

_IN_OTHER_WORDS = (
    "o banco responde e recusa a conexão, em outra língua que o inglês (lc_messages), que aqui não se lê;"
    " veja o motivo no log dele, e confira usuário, senha e dbname do segredo"
)
_WANTED = {**dict.fromkeys(TEXTS, "um texto"), "data": "date", "valor": "numeric(18,2)"}


def unknown_engine() -> ReconciliationError:
    return error("E_BASE_SCHEMA", "o motor (engine) do segredo não é atendido; use postgres ou mysql")


def another_engine() -> ReconciliationError:
    return error(
        "RECONCILIATION_FAILED",
        "o motor do segredo mudou durante a leitura, e o de agora não divide um instante entre conexões;"
        " retome do checkpoint",
    )


def another_server() -> ReconciliationError:
    return error(
        "RECONCILIATION_FAILED",
        "uma das conexões que leem juntas (base_readers) chegou a outro servidor que a primeira, onde esse"
        " instante não existe; o endpoint distribui as conexões. Leia por uma só (base_readers = 1), ou ponha"
        " em read_endpoint o endpoint de uma instância",
    )


def timeout(unhide: str = "") -> ReconciliationError:
    """`unhide`: the statements that show the optimizer an index which it does not see."""
    slow = (
        ". O otimizador não vê um índice de que ela precisa (INVISIBLE, IGNORED), o que pode ser a causa;"
        f" o dono da tabela o torna visível: {unhide}"
    )
    return error(
        "RDS_QUERY_TIMEOUT",
        f"a consulta excedeu query_timeout_s, ou esperou por um lock{slow if unhide else ''}",
    )


def replica_conflict() -> ReconciliationError:
    return error(
        "RDS_QUERY_TIMEOUT",
        "a réplica cancelou a leitura para seguir a escrita: ligue nela hot_standby_feedback,"
        " ou aumente max_standby_streaming_delay",
    )


def refused() -> ReconciliationError:
    return error("RDS_AUTH", "usuário ou senha do segredo recusados pelo banco")


def refused_in_other_words() -> ReconciliationError:
    return error("RDS_AUTH", _IN_OTHER_WORDS)


def may_pass(failure: ReconciliationError) -> bool:
    """Whether a later try may succeed: what nobody understood may be a server that starts."""
    return failure.code == "RDS_UNREACHABLE" or str(failure) == _IN_OTHER_WORDS


def not_granted(grant: str = "", *, partly: bool = False) -> ReconciliationError:
    what = f"{TABLE} inteira, só algumas colunas" if partly else TABLE
    return error(
        "RDS_AUTH",
        f"o usuário do segredo não pode ler {what}; o dono da tabela lhe dá o direito:"
        f" {grant or advice.statement('postgres.grant_select')}",
    )


def no_such_database() -> ReconciliationError:
    return error("RDS_AUTH", "o banco (dbname) do segredo não existe nesse servidor, ou não é desse usuário")


def untrusted() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o certificado do banco não confere: use em host o nome do endpoint, e em database_ca a CA do RDS",
    )


def plain_text() -> ReconciliationError:
    return error(
        "RDS_AUTH",
        "a senha do segredo iria sem TLS, e por isso não foi enviada: ligue TLS no banco"
        " (o RDS sempre o oferece: confira host e port do segredo, e o que houver no caminho)",
    )


def no_tls() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o banco não oferece TLS, que database_ca exige (ou sslmode, no segredo): ligue TLS nele, ou confira"
        " host e port do segredo",
    )


def tls_required() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o banco, ou o proxy diante dele, só aceita conexões com TLS, e a nossa veio sem: tire sslmode do"
        " segredo, ou ponha nele require",
    )


def no_common_tls() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE", "a conexão TLS com o banco não se fez: ele precisa aceitar TLS 1.2 ou mais novo"
    )


def unknown_plugin(name: str) -> ReconciliationError:
    return error(
        "RDS_AUTH",
        f"o banco pede a autenticação {name}, que não é atendida:"
        " dê ao usuário do segredo uma senha por caching_sha2_password",
    )


def not_admitted() -> ReconciliationError:
    return error(
        "RDS_AUTH",
        "o pg_hba do banco, ou as regras do pooler, não admitem esse usuário, endereço ou conexão sem TLS",
    )


def full() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o banco, ou o pooler diante dele, não aceita mais conexões"
        " (max_connections, max_client_conn); libere conexões ou aumente o limite",
    )


def pooler_busy() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o pooler não teve conexão livre com o banco a tempo (query_wait_timeout; no RDS Proxy,"
        " ConnectionBorrowTimeout); aumente o pool, ou ligue a leitura direto ao banco",
    )


def pooler_without_server() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o pooler responde, mas não consegue entrar no banco; confira nele host, usuário e senha do banco",
    )


def restarting() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o banco está reiniciando ou em manutenção, ou encerrou a sessão; retome quando voltar",
    )


def short_of_resources() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "faltou memória ou disco ao próprio banco; veja FreeableMemory e FreeStorageSpace da instância, e"
        " retome quando houver",
    )


def unreachable() -> ReconciliationError:
    return error(
        "RDS_UNREACHABLE",
        "o banco não responde, ou fechou a conexão; verifique rede, security groups e manutenção, host, port"
        " e engine do segredo, e o log do pooler, se houver um (pool_mode session ou transaction)",
    )


def no_table(elsewhere: Sequence[str] = (), advised: str = "") -> ReconciliationError:
    """`elsewhere`: what has that name in another place, or with capitals, in words and as SQL writes it."""
    seen = f"; há {some(elsewhere)}" if elsewhere else ""
    return error(
        "E_BASE_SCHEMA",
        f"a tabela {TABLE} não existe onde o usuário do segredo a procura{seen}."
        " Confira dbname no segredo; uma tabela vazia com esse nome não serve"
        + (f". Se for essa a tabela: {advised}" if advised else ""),
    )


def not_a_table(what: str) -> ReconciliationError:
    return error(
        "E_BASE_SCHEMA",
        f"{TABLE} é {plain(what)}, e não uma tabela; só uma tabela tem índice único e um"
        " instante só. Dê esse nome à tabela, combinado com quem usa os dois, ou leia de um export"
        " (base_source = s3_export)",
    )


def no_snapshot(stored_by: str) -> ReconciliationError:
    return error(
        "E_BASE_SCHEMA",
        f"{TABLE} está em {stored_by}, que não dá um instante só; o contrato pede InnoDB. A conversão copia a"
        " tabela e bloqueia quem escreve, por isso planeje-a com quem a mantém",
    )


def no_column(name: str, columns: Sequence[str]) -> ReconciliationError:
    """A column of nulls would make a difference of every row: none is advised."""
    alike = [column for column in columns if column.lower() == name]
    seen = (
        f'há "{alike[0]}", com maiúsculas, que é outro nome'
        if alike
        else f"as que não são do contrato são {quoted(sorted(set(columns) - set(COLUMNS))) or 'nenhuma'}"
    )
    return error(
        "E_BASE_SCHEMA",
        f"{TABLE} não tem a coluna {name}; {seen}. Uma coluna nova viria vazia, e renomear quebra quem usa o"
        " nome de hoje, por isso decida com quem mantém a tabela",
    )


def unfit_column(name: str, kind: str, look: str) -> ReconciliationError:
    seen = f". Linhas que o tipo do contrato não guardaria: {look}" if look else ""
    return error(
        "E_BASE_SCHEMA",
        f"{TABLE}.{name} é {plain(kind)[:80]}, e o contrato pede {_WANTED[name]}. Mudar o tipo pode mudar"
        f" valores, e bloqueia a tabela, por isso planeje a mudança com quem a mantém{seen}",
    )


def session(name: str, asked: str, found: object) -> ReconciliationError:
    """A setting that is not as it was asked for, so that another base would be read."""
    return error(
        "E_BASE_SESSION",
        f"{name}, foi pedido {asked!r} e a sessão tem {found!r}; algo entre o job e o banco a muda. Confira o"
        " pooler ou proxy (pool_mode session ou transaction, sem reescrever SET) e o parameter group, ou"
        " ponha no segredo o endpoint do próprio banco",
    )


def init_connect() -> ReconciliationError:
    return error(
        "E_BASE_SESSION",
        "o servidor encerra a conexão ao executar seu init_connect; corrija init_connect no parameter group",
    )


def statement_pooling() -> ReconciliationError:
    return error(
        "E_BASE_SESSION",
        "o pooler não permite transações (pool_mode = statement), e sem uma não há snapshot;"
        " use pool_mode session ou transaction",
    )


def startup_refused() -> ReconciliationError:
    return error(
        "E_BASE_SESSION",
        "o pooler recusou um parâmetro da conexão (só application_name e client_encoding são enviados);"
        " ponha-o em ignore_startup_parameters, ou no segredo o endpoint do próprio banco",
    )


def row_security(policies: Sequence[str] = ()) -> ReconciliationError:
    """It hides rows, also where no policy is named: then it hides them all."""
    by = f"política {quoted(policies)}" if policies else "sem política, esconde todas as linhas"
    return error(
        "E_BASE_SESSION",
        f"a row security de {TABLE} vale para o usuário do segredo ({by}), que não leria a base inteira;"
        " leia de um export (base_source = s3_export), ou dê-lhe o direito de ler todas as linhas:"
        f" {advice.statement('postgres.bypass_rls')}",
    )


def unreadable_text(column: str = "", key: str = "") -> ReconciliationError:
    """`key` with `\\xNN` for what cannot be shown."""
    where = f"{TABLE}.{column}" if column else TABLE
    of = f" (ordem_id {plain(key)})" if key else ""
    return error(
        "E_BASE_SCHEMA",
        f"{where} tem um texto que não é UTF-8, ou que a codificação do banco não mostra nele{of};"
        " corrija o dado no banco, pelo sistema que o escreveu",
    )


def other(code: object) -> ReconciliationError:
    return error("RECONCILIATION_FAILED", f"o banco recusou a leitura ({code})")
