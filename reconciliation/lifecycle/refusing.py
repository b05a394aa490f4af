"""Why a run may not have its day, in the words that the operator reads."""

from reconciliation.day import Day
from reconciliation.errors import ReconciliationError, error
from reconciliation.lifecycle.answers import Nothing
from reconciliation.waiting import Waiting


def duplicate(current: Day) -> Nothing:
    return Nothing.of("DUPLICATE", "esta versão do arquivo já está em processamento", current.who)


def published_before(current: Day) -> Nothing:
    return Nothing.of("ALREADY_PUBLISHED", f"{current.job_id} já foi publicado; nada foi feito", current.who)


def busy(current: Day, mark: Waiting | None) -> ReconciliationError:
    """The refusal DAY_BUSY, which says with a mark that the version waits for the day's end."""
    busy_with = f"{current.day}: o dia está em processamento por {current.job_id}"
    if mark is None:
        return error("DAY_BUSY", f"{busy_with}; espere que termine, e veja então qual versão ficou publicada")
    return error(
        "DAY_BUSY",
        f"{busy_with}, com uma versão anterior deste arquivo; esta versão será iniciada sozinha quando o dia"
        f" estiver livre, como {mark.execution_name}, ou uma mais nova que chegue antes, no lugar dela: não é"
        " preciso enviar nem iniciar nada",
    )


def disputed(day: str) -> ReconciliationError:
    return error("DAY_BUSY", f"{day}: o dia está sendo disputado por outras execuções; tente de novo")


def ending(day: str, job_id: str) -> ReconciliationError:
    return error(
        "DAY_BUSY",
        f"{day}: o fim da tentativa anterior de {job_id} ainda está sendo registrado; tente de novo",
    )
