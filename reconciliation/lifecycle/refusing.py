"""Why a run may not have its day, in the words that the operator reads."""

from reconciliation.day import Day
from reconciliation.documents.job_record import JobRecord
from reconciliation.errors import ReconciliationError, error
from reconciliation.lifecycle.answers import Nothing, Result
from reconciliation.waiting import Waiting


def duplicate(current: Day) -> Nothing:
    return Nothing.of("DUPLICATE", "esta versão do arquivo já está em processamento", current.who)


def published_before(current: Day) -> Nothing:
    return Nothing.of("ALREADY_PUBLISHED", f"{current.job_id} já foi publicado; nada foi feito", current.who)


def outdated(record: JobRecord) -> Nothing:
    """Of a version that waited for its day, and is not the newest of its file any more."""
    message = (
        f"{record.s3_key}, versão {record.version_id}, esperou pelo dia e já não é a mais nova do arquivo:"
        " veio outra, que tem a sua própria execução, ou o arquivo foi apagado; nada foi feito"
    )
    return Nothing(Result(status="NOT_NEWEST", code="NOT_NEWEST", message=message, job_id=record.job_id))


def busy(current: Day, waiting: Waiting | None) -> ReconciliationError:
    """The refusal DAY_BUSY, which says of a version that waits what becomes of it at the day's end."""
    busy_with = f"{current.day}: o dia está em processamento por {current.job_id}"
    if waiting is None:
        return error(
            "DAY_BUSY",
            f"{busy_with}; espere que termine, veja então qual versão ficou publicada, e peça de novo o que"
            " ainda for preciso",
        )
    name = waiting.execution_name
    if waiting.awaits_publication:
        return error(
            "DAY_BUSY",
            f"{busy_with}, com outro arquivo; quando o dia estiver publicado, este será comparado sozinho com"
            f" o publicado, como {name}: com os mesmos bytes nada muda, com outros vem um alerta NEEDS_FORCE."
            " Se o dia não for publicado, este não inicia sozinho: inicie-o pelo passo abaixo",
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
