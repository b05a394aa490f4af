"""The kinds of step that an alert offers: a command with the event's values, or a person's work. Portuguese.

`playbooks.py` and `file_playbook.py` put them in order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciliation import commands, file_commands, queries
from reconciliation.event import Event


@dataclass(frozen=True)
class Step:
    """`command` is None where a person has to do it."""

    title: str
    command: str | None = None


Make = Callable[[Event], Iterator[Step]]
"""Steps of one kind, for that event; none where it has not what they need."""


def do(title: str, command: Callable[[Event], str | None]) -> Make:
    """A command, where the event has its values."""

    def make(event: Event) -> Iterator[Step]:
        if text := command(event):
            yield Step(title, text)

    return make


def query(title: str, name: str) -> Make:
    """A look into the base, by one of the runbook's queries."""

    def command(event: Event) -> str | None:
        given = {"dia": event.reference_date or ""} if queries.QUERIES[name].parameters else {}
        return queries.command(event.deployment, name, **given) if all(given.values()) else None

    return do(title, command)


def by_hand(title: str) -> Make:
    """A person's work."""

    return lambda _: iter([Step(title)])


def file(title: str, *through: str) -> Make:
    """A look into the whole file."""
    return do(title, lambda event: file_commands.read(event, *through))


def start_of_file(title: str, first: str, *through: str) -> Make:
    """A look at its beginning."""
    return do(title, lambda event: file_commands.read_start(event, first, *through))


def ask(what: str) -> Make:
    return by_hand(f"Pedir ao fornecedor {what}")


def corrected(event: Event) -> Iterator[Step]:
    """An upload starts a day that is not published; one that is, is replaced on purpose."""
    title = "Enviar o arquivo corrigido à pasta do dia: o envio inicia o dia sozinho"
    if not event.day:
        yield Step(title)
        return
    if event.is_published:
        title = "Enviar o arquivo corrigido: o envio é recusado com NEEDS_FORCE, e o passo seguinte substitui"
    yield Step(title, file_commands.send(event, file_commands.CORRECTED))
    if event.is_published:
        title = "O dia já tem um resultado publicado: substituí-lo pelo do arquivo corrigido"
        yield Step(title, _by_the_corrected(event))


def if_the_file(event: Event) -> Iterator[Step]:
    """Of a published day, where its file was at fault. The event has a day."""
    yield Step(
        "Se foi o arquivo: enviar o completo e corrigido; o envio é recusado com NEEDS_FORCE, e o passo"
        " seguinte substitui",
        file_commands.send(event, file_commands.CORRECTED),
    )
    yield Step("Se foi o arquivo: substituir o dia inteiro pelo corrigido", _by_the_corrected(event))


def _by_the_corrected(event: Event) -> str:
    return commands.start(event, s3_key=file_commands.corrected_key(event), force=True)


def send_again(event: Event) -> Iterator[Step]:
    title = "Enviar o arquivo de novo à pasta do dia: o envio inicia o dia sozinho"
    name = event.s3_key.rpartition("/")[2] if event.s3_key else "input.csv"
    yield Step(title, file_commands.send(event, name) if event.day else None)


def resume(title: str, **tuned: Any) -> Make:
    """From the checkpoint; where nobody can, from the file."""

    def make(event: Event) -> Iterator[Step]:
        text = commands.resume(event, **tuned)
        yield from [Step(title, text)] if text else from_the_file(**tuned)(event)

    return make


def from_the_file(**tuned: Any) -> Make:
    def make(event: Event) -> Iterator[Step]:
        title = "Reprocessar do início, a partir do arquivo"
        if not event.is_published:
            yield Step(title, commands.start(event, **tuned))
            return
        yield from published(event)
        yield from replace_by_the_file(
            f"Só se o publicado deve ser substituído: {title[0].lower()}{title[1:]}", **tuned
        )(event)

    return make


def replace_by_the_file(title: str, **tuned: Any) -> Make:
    """By the event's version of it; where nobody knows that, the newest is shown first: it would be that."""

    def make(event: Event) -> Iterator[Step]:
        yield from _versions_first(event)
        yield Step(title, commands.start(event, force=True, **tuned))

    return make


def start_again(title: str) -> Make:
    """The event's version of its file, without force; where nobody knows which one, they are shown first."""

    def make(event: Event) -> Iterator[Step]:
        yield from _versions_first(event)
        yield Step(title, commands.start(event))

    return make


def _versions_first(event: Event) -> Iterator[Step]:
    if event.day and event.s3_key and not event.version_id:
        look = "Ver as versões do arquivo: o comando seguinte publica a mais nova, seja qual for"
        yield Step(look, file_commands.listed_versions(event))


def unforced(event: Event) -> Iterator[Step]:
    """From the file where nothing is published; what is stays."""
    yield from published(event) if event.is_published else from_the_file()(event)


published = do("Ver o que está publicado para o dia", commands.summary)
describe = do("Ver a execução: o que foi pedido e como terminou", commands.describe)
job_errors = do("Ver o erro no log dos jobs", commands.job_errors)
ended = do("Encerrar o incidente, se não há mais o que fazer (runbook 3.4)", commands.end_incident)
"""Where no publication has to follow."""
