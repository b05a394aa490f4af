"""Why the base's indexes are not trusted, in words: code, cause, and what to do. See `failures`."""

from collections.abc import Sequence

from reconciliation.adapters.database.naming import plain, some
from reconciliation.adapters.database.table import Outdated
from reconciliation.contract import TABLE
from reconciliation.errors import ReconciliationError, error

_MOST_CHARS = 240
"""Of an index in words: the statements come after ten of them, and must fit."""


def no_unique_key(advised: str) -> ReconciliationError:
    return error(
        "E_BASE_NO_UNIQUE_INDEX",
        "falta o índice único em ordem_id. A consulta acha as chaves repetidas, que se corrigem antes, e o"
        f" comando cria o índice sem bloquear quem escreve: {advised}",
    )


def no_unique_key_over(parts: str, *, is_inherited: bool = False) -> ReconciliationError:
    way_out = (
        ""
        if is_inherited
        else ". A regra base_unique = in_scope (rules, na implantação) a lê assim mesmo, com um preço que é"
        " preciso aceitar antes, o de procurar as ordens só nos in_scope_days (31) dias antes e depois do"
        " dia; uma ordem que a base tem mais longe conta como ausente (TIPO_1)"
    )
    return error(
        "E_BASE_NO_UNIQUE_INDEX",
        f"{TABLE} {plain(parts)}, e nenhum índice único em só ordem_id abrange todas as linhas{way_out}",
    )


def outdated(found: Sequence[Outdated], advised: str) -> ReconciliationError:
    """Where `advised` is "", no statement on the server that is read would mend it."""
    seen = some([_described(each) for each in found])
    return error(
        "E_BASE_NO_UNIQUE_INDEX",
        f"a ordem dos textos no banco já não é a de quando se fez o índice {seen}, e por ele uma linha que"
        f" existe pode não ser achada, e uma chave entrar duas vezes. {_way_out(found)}"
        + (f": {advised}" if advised else ""),
    )


def _described(each: Outdated) -> str:
    actual = f"agora {each.actual}" if each.actual else "agora sem versão"
    of = "do banco" if each.is_database else each.collation
    return plain(f"{each.name} (collation {of}, versão {each.recorded}, {actual})", _MOST_CHARS)


def _way_out(found: Sequence[Outdated]) -> str:
    if any(each.on_replica for each in found):
        return (
            "Este servidor é uma réplica, onde nada se refaz; leia do primário (read_endpoint vazio), que diz"
            " se o índice vale nele, e dê à réplica o mesmo sistema operacional"
        )
    if any(each.actual is None for each in found):
        return (
            "Nenhum comando o resolve, porque este sistema operacional não dá versão à collation; volte ao"
            " de antes, ou refaça o banco com pg_dump e pg_restore"
        )
    if any(each.in_ranges for each in found):
        return (
            "A tabela é particionada por faixas de texto, e uma linha pode já não estar na partição em que se"
            " procura, o que nenhum REINDEX muda; planeje com quem a mantém"
        )
    return (
        "A consulta acha as chaves repetidas, que se corrigem antes, e os comandos refazem os índices sem"
        " bloquear quem escreve e gravam a versão de agora, o que dá por bons também os índices de texto de"
        " outras tabelas, que pedem antes o mesmo REINDEX"
    )
