"""An explanation in Portuguese, for people: a few paragraphs of plain text."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from reconciliation.explaining.explanation import Compared, Divergence, Explanation, Line, Run
from reconciliation.wording import (
    MOTIVES,
    REJECTS,
    TYPES,
    WARNINGS,
    brl,
    calendar_day,
    counted,
    number,
    weekday,
)

_VALUE_CHARS: Final = 120
_PAST_SHOWN: Final = 15
_WIDTH: Final = 32


def text(explanation: Explanation) -> str:
    """What is told, a paragraph a subject."""
    of_day = f", dia {calendar_day(explanation.dia)} ({weekday(explanation.dia)})" if explanation.dia else ""
    paragraphs = [
        [f"Ordem {visible(explanation.ordem_id)}{of_day}"],
        list(_outcome(explanation)),
        list(_lines(explanation)),
        list(_compared(explanation)),
        list(_run(explanation.execucao)),
        [*_history(explanation), *_unread(explanation)],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def visible(value: str) -> str:
    """A character that nobody sees by its number, as `⟨U+200B⟩`."""
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in value)


def _outcome(explanation: Explanation) -> Iterator[str]:
    if explanation.divergencia:
        yield f"DIVERGENTE: {_divergence(explanation.divergencia)}."
    elif explanation.desfecho == "SEM_DIVERGENCIA" and explanation.linhas:
        yield _WITHOUT_DIVERGENCE_BUT_REFUSED
    else:
        yield _WITHOUT_DIVERGENCE[explanation.desfecho]
    if explanation.desfecho == "SEM_PUBLICACAO" and not explanation.dia:
        yield "Não há nenhum dia publicado no período pedido."
    if explanation.desfecho in ("DESCONHECIDA", "SEM_DIVERGENCIA") and not explanation.linhas:
        yield f"Procurada em: {'; '.join(explanation.procurada_em)}."
        yield from _near(explanation)
    if explanation.conferida is False:
        yield "ATENÇÃO: as regras, aplicadas de novo às linhas guardadas, não dizem o que foi publicado."
        yield "Avise a Engenharia."
    elif explanation.conferida:
        yield "Conferido: as regras da execução, aplicadas de novo às linhas guardadas, dizem o mesmo."
    for code, count in explanation.avisos.items():
        yield f"Aviso da execução, {code}: {WARNINGS[code]} ({number(count)})."


_WITHOUT_DIVERGENCE: Final = {
    "IGUAL": "IGUAL: o arquivo e a base dizem o mesmo; não há divergência.",
    "RECUSADA": "RECUSADA: só está em linhas recusadas do arquivo, e a base não a tem no dia.",
    "DESCONHECIDA": "DESCONHECIDA: não está no arquivo nem na base deste dia.",
    "SEM_DIVERGENCIA": (
        "SEM DIVERGÊNCIA publicada. Os dados da execução já não são guardados: não se sabe se a ordem era"
        " igual nos dois lados ou não estava em nenhum."
    ),
    "SEM_PUBLICACAO": (
        "SEM PUBLICAÇÃO: o dia não está publicado; execuções recusadas ou que falharam não são olhadas aqui."
    ),
}
_WITHOUT_DIVERGENCE_BUT_REFUSED: Final = (
    "SEM DIVERGÊNCIA publicada, e com linha recusada. Os dados da execução já não são guardados: não se sabe"
    " se a ordem tinha também uma linha boa, igual à base, ou só as recusadas, sem estar na base no dia."
)


def _near(explanation: Explanation) -> Iterator[str]:
    tried = counted(explanation.grafias_procuradas, "outra grafia", "outras grafias")
    if explanation.parecidas:
        yield f"Parecidas, entre as divergências do dia e {tried}:"
        yield from (f"  {visible(near['ordem_id'])} ({near['onde']})" for near in explanation.parecidas)
    else:
        yield f"Nenhuma parecida, entre as divergências do dia e {tried}."
    if explanation.linhas_sem_chave:
        refused = counted(explanation.linhas_sem_chave, "linha recusada", "linhas recusadas")
        yield f"O dia tem {refused} sem ordem_id legível: ela pode estar em uma delas."
    if explanation.guardado:
        yield (
            "A cópia da base tem as ordens do dia e as do arquivo. De outra data, pergunte à base de hoje:"
            " reconciliation-query, consulta ordem (4.5)."
        )


def _divergence(row: Divergence) -> str:
    fields = f" ({', '.join(row.campos)})" if row.campos else ""
    cents = int(Decimal(row.diferenca_valor).scaleb(2))
    kind, motive = TYPES[row.tipo], MOTIVES[row.motivo]
    more = "" if motive in kind else f", {motive}"
    return f"{row.tipo}, {kind}{fields}; motivo {row.motivo}{more}; diferença {brl(cents)} (arquivo − base)"


def _lines(explanation: Explanation) -> Iterator[str]:
    if not explanation.linhas:
        if explanation.execucao and explanation.desfecho == "DIVERGENTE":
            yield "No arquivo: nenhuma linha."
        return
    yield f"No arquivo {explanation.execucao.arquivo['s3_key'] if explanation.execucao else ''}:"
    yield from (f"  linha {number(line.linha)}, {_said(line)}" for line in explanation.linhas)
    if explanation.linhas_a_mais:
        yield f"  e mais {counted(explanation.linhas_a_mais, 'linha', 'linhas')}"
    if explanation.repetidas_sem_numero:
        yield "  (os números das linhas repetidas não foram guardados por esta execução)"
    if all(line.texto is None for line in explanation.linhas):
        gone = (
            "esta versão do arquivo não existe mais"
            if explanation.guardado
            else "os cortes não são mais guardados"
        )
        yield f"  (o texto das linhas não foi lido: {gone})"


def _said(line: Line) -> str:
    said = {"VALE": "vale", "REPETIDA": "repete a que vale, contada uma vez"}.get(line.situacao, "")
    if line.codigo:
        said = f"recusada, {line.codigo} ({REJECTS.get(line.codigo, line.codigo)}): {line.detalhe}"
    if line.texto is None:
        return said
    cut = " (cortada)" if line.cortada else ""
    return f"{said}\n    {visible(line.texto)}{cut}"


def _compared(explanation: Explanation) -> Iterator[str]:
    if not explanation.comparacao:
        return
    yield f"{'Campo':14} {'arquivo':{_WIDTH}} base"
    yield from map(_row, explanation.comparacao)
    base = explanation.na_base or {}
    if padded := base.get("chave_na_base"):
        yield f"Na base a chave está entre brancos: «{visible(padded)}»"
    if base.get("data_impossivel"):
        yield "A data na base não existe em nenhum calendário, e conta como diferença."


def _row(field: Compared) -> str:
    verdict = {True: "", False: "  ≠", None: ""}[field.igual]
    unseen = " (só no que não se vê)" if field.so_invisivel else ""
    return f"{field.campo:14} {_value(field.arquivo):{_WIDTH}} {_value(field.base)}{verdict}{unseen}"


def _value(value: str | None) -> str:
    if value is None:
        return "—"
    shown = visible(value) or "(vazio)"
    return shown if len(shown) <= _VALUE_CHARS else f"{shown[:_VALUE_CHARS]}…"


def _run(run: Run | None) -> Iterator[str]:
    if run is None:
        return
    yield f"Quem disse: {run.job_id}, tentativa {run.attempt}{_began(run)}."
    yield f"  arquivo: versão {run.arquivo['version_id']}, sha256 {run.arquivo['sha256']}"
    if run.base:
        facts = ", ".join(f"{name} {value}" for name, value in run.base.items() if value is not None)
        yield f"  base: {facts}"
    yield f"  regras: {run.rules_sha256}; dados: {run.fingerprint}; publicado: {run.published_etag}"


def _began(run: Run) -> str:
    if run.linhagem is None:
        return ""
    if run.linhagem == f"{run.job_id}/{run.attempt}":
        return ", com dados que ela mesma leu"
    return f", retomando os dados de {run.linhagem}"


def _unread(explanation: Explanation) -> Iterator[str]:
    for day in explanation.dias_nao_lidos:
        yield f"Dia {calendar_day(day['dia'])} não lido, e nada se sabe da ordem nele: {day['por_que']}."


def _history(explanation: Explanation) -> Iterator[str]:
    days = explanation.dias_olhados
    if not days:
        return
    looked = counted(len(days), "dia publicado", "dias publicados")
    period = f"{looked}, de {calendar_day(days[-1])} a {calendar_day(days[0])}"
    if not explanation.historico:
        yield f"História: nenhuma divergência em {period}."
        return
    first = min(past.dia for past in explanation.historico)
    yield (
        f"História: divergiu em {counted(len(explanation.historico), 'dia', 'dias')} de {period};"
        f" a primeira vez, em {calendar_day(first)}."
    )
    for past in explanation.historico[:_PAST_SHOWN]:
        yield f"  {calendar_day(past.dia)}: {_divergence(past.divergencia)}"
    if len(explanation.historico) > _PAST_SHOWN:
        yield f"  e em mais {counted(len(explanation.historico) - _PAST_SHOWN, 'dia', 'dias')}"
