"""Why a run may not have its day, in the words that the operator reads."""

from reconciliation.adapters.waits import Mark
from reconciliation.day import Day
from reconciliation.errors import ReconciliationError, error
from reconciliation.lifecycle.answers import Nothing


def duplicate(current: Day) -> Nothing:
    return Nothing.of("DUPLICATE", "esta versão do arquivo já está em processamento", current.who)


def published_before(current: Day) -> Nothing:
    return Nothing.of("ALREADY_PUBLISHED", f"{current.job_id} já foi publicado; nada foi feito", current.who)


def busy(current: Day, mark: Mark | None) -> ReconciliationError:
    """The refusal DAY_BUSY, which says with a mark what becomes of the version at the day's end."""
    busy_with = f"{current.day}: o dia está em processamento por {current.job_id}"
    if mark is None or mark.waiting is None:
        return error(
            "DAY_BUSY",
            f"{busy_with}; espere que termine, veja então qual versão ficou publicada, e peça de novo o que"
            " ainda for preciso",
        )
    name = mark.waiting.execution_name
    if mark.is_of_other_file:
        return error(
            "DAY_BUSY",
            f"{busy_with}, com outro arquivo; quando o dia estiver publicado, este será comparado sozinho com"
            f" o publicado, como {name}: com os mesmos bytes nada muda, com outros vem um alerta NEEDS_FORCE."
            " Se o dia não for publicado, este não inicia sozinho (passo 3)",
        )
    return error(
        "DAY_BUSY",
        f"{busy_with}, com uma versão anterior deste arquivo; esta versão será iniciada sozinha quando o dia"
        f" estiver livre, como {name}, ou uma mais nova que chegue antes, no lugar dela: até lá não é preciso"
        " enviar nem iniciar nada. Se o dia for publicado com a versão anterior, vem um alerta NEEDS_FORCE,"
        " a não ser que os bytes sejam os mesmos",
    )


def disputed(day: str) -> ReconciliationError:
    return error("DAY_BUSY", f"{day}: o dia está sendo disputado por outras execuções; tente de novo")


def ending(day: str, job_id: str) -> ReconciliationError:
    return error(
        "DAY_BUSY",
        f"{day}: o fim da tentativa anterior de {job_id} ainda está sendo registrado; tente de novo",
    )
