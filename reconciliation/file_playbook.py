"""What to do about each code of playbook 2.1, in order: the supplier's file and its check. Portuguese."""

from collections.abc import Iterator
from typing import Final

from reconciliation import commands, file_commands, wording
from reconciliation.contract import HEADER
from reconciliation.event import AlertCode, Event
from reconciliation.steps import (
    Make,
    Step,
    ask,
    by_hand,
    corrected,
    do,
    ended,
    file,
    from_the_file,
    job_errors,
    send_again,
    start_of_file,
)

_versions = do(
    "Ver as versões dos arquivos do dia, também as apagadas",
    lambda event: file_commands.versions(event) if event.day else None,
)
_FIVE: Final = ("head -n 5", "cut -c1-1000")
_first_lines = start_of_file("Ver as primeiras linhas do arquivo", *_FIVE)
_message = do("Ver a mensagem ao fornecedor, pronta para enviar", commands.supplier_message)


def _refused(look: Make, what: str) -> tuple[Make, ...]:
    """The file was refused whole."""
    return look, _message, ask(what), corrected


def _to_its_folder(event: Event) -> Iterator[Step]:
    """Where lines are not of their folder's date, which folder is theirs."""
    off = wording.folder_off(event.reference_day_offset)
    title = (
        f"Se só a pasta é a errada: copiar o arquivo à {off}da data que as linhas têm; a cópia inicia aquele"
        " dia sozinha"
    )
    yield from do(title, file_commands.to_another_day)(event)


def _date_of_file(event: Event) -> Iterator[Step]:
    off = wording.folder_off(event.reference_day_offset)
    folder = f"; a pasta é a {off}da data" if off else ""
    yield from start_of_file(f"Ver de que dia é o arquivo, por suas primeiras linhas{folder}", *_FIVE)(event)


_copied = do(
    "Copiá-lo com um nome certo: a cópia inicia o dia sozinha; se o dia já está publicado com os mesmos"
    " bytes, nada muda, e o incidente se encerra em minutos sem outra mensagem",
    file_commands.rename,
)


def _under_a_right_name(event: Event) -> Iterator[Step]:
    """A copy of what is compressed would be refused; its CSV has other bytes, which end no incident."""
    if not file_commands.is_compressed(event):
        yield from _copied(event)
        return
    yield Step("O nome é de um arquivo compactado: descompactá-lo, e enviar o CSV à pasta do dia")
    yield from ended(event)


_LINES_FIRST: Final = ("sed -n 1,3p", "cut -c1-300")
ABOUT_FILES: Final[dict[AlertCode, tuple[Make, ...]]] = {
    "E_NOT_CSV": _refused(start_of_file("Ver o começo do arquivo", "head -c 300"), "o CSV puro, como texto"),
    "E_ENCODING": _refused(
        file("Ver as linhas que não estão em UTF-8", "LC_ALL=C.UTF-8 grep -naxv '.*'", *_LINES_FIRST),
        "o arquivo em UTF-8",
    ),
    "E_NUL": _refused(
        file("Ver as linhas com byte NUL", "LC_ALL=C grep -naP '\\x00'", *_LINES_FIRST), "um novo envio"
    ),
    "E_BARE_CR": _refused(
        file("Ver as linhas com CR no meio (^M)", "LC_ALL=C grep -naP '\\r.'", *_LINES_FIRST),
        "linhas que terminam em LF ou CRLF",
    ),
    "E_LINE_TOO_LONG": _refused(
        file(
            "Ver o começo das linhas longas demais",
            """LC_ALL=C awk 'length > 65536 {print NR ": " $0}'""",
            *_LINES_FIRST,
        ),
        "a correção dessas linhas: em geral falta uma quebra de linha ou uma aspa",
    ),
    "E_EMPTY": _refused(_versions, "um novo envio, se não veio outra versão: a que veio inicia sozinha"),
    "E_HEADER": _refused(_first_lines, f"o cabeçalho do contrato, letra por letra: {HEADER}"),
    "E_NO_ROWS": _refused(
        _first_lines,
        "as linhas do dia, válidas; a mensagem traz exemplos das recusadas, se as há: um arquivo só com o"
        " cabeçalho não as tem",
    ),
    "E_WRONG_DAY": (
        file(
            "Ver de que datas são as linhas", "cut -d';' -f5", "sort", "uniq -c", "sort -rn", "sed -n 1,10p"
        ),
        _to_its_folder,
        _message,
        ask("as linhas da data"),
        corrected,
        ended,
    ),
    "E_TOO_MANY_REJECTS": (
        _first_lines,
        _message,
        do("Baixar a lista das linhas recusadas, que acompanha a mensagem", commands.refused_list),
        ask("a correção das linhas recusadas; a mensagem traz exemplos"),
        corrected,
    ),
    "E_TOO_MANY_LINES": _refused(
        file("Contar as linhas do arquivo", "wc -l"), "a confirmação do volume do arquivo"
    ),
    "E_S3_KEY": (
        _date_of_file,
        do("Ver os últimos arquivos enviados", file_commands.newest_uploads),
        _under_a_right_name,
    ),
    "INPUT_GONE": (
        _versions,
        do("Ver os últimos arquivos enviados", file_commands.newest_uploads),
        send_again,
    ),
    "NO_FILE": (
        do("Ver os últimos arquivos enviados, também os de nome errado", file_commands.newest_uploads),
        do(
            "Ver se um envio deixou de iniciar o dia",
            lambda event: commands.function_errors(event, "reconciliation-trigger"),
        ),
        ask("o arquivo do dia"),
        send_again,
        ended,
    ),
    "VALIDATION_TIMEOUT": (
        do("Ver em que parte o tempo passou", commands.job_times),
        from_the_file(workers=20, worker_type="G.2X"),
    ),
    "VALIDATION_FAILED": (
        job_errors,
        do(
            "Se o log dos jobs não o tem: ver o erro no log da inspeção, que vem antes deles",
            lambda event: commands.function_errors(event, "reconciliation-inspect-file"),
        ),
        do(
            "Se nem esse o tem: ver o erro no log de quem prepara a execução, que vem antes de tudo",
            lambda event: commands.function_errors(event, "reconciliation-prepare-run"),
        ),
        by_hand(
            "Corrigir o que o erro diz: permissão ou bucket (runbook 2.1, 3, Erro interno); senão, Engenharia"
        ),
        from_the_file(),
    ),
}
