"""An explanation in Portuguese, for people: a few paragraphs of plain text."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from reconciliation.explaining.story import Compared, Divergence, Explanation, Line, Run
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


def text(told: Explanation) -> str:
    """What is told, a paragraph a subject."""
    of_day = f", dia {calendar_day(told.dia)} ({weekday(told.dia)})" if told.dia else ""
    paragraphs = [
        [f"Ordem {visible(told.ordem_id)}{of_day}"],
        list(_outcome(told)),
        list(_lines(told)),
        list(_compared(told)),
        list(_run(told.execucao)),
        list(_history(told)),
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def visible(value: str) -> str:
    """A character that nobody sees by its number, as `⟨U+200B⟩`."""
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in value)


def _outcome(told: Explanation) -> Iterator[str]:
    if told.divergencia:
        yield f"DIVERGENTE: {_divergence(told.divergencia)}."
    else:
        yield _WITHOUT_DIVERGENCE[told.desfecho]
    if told.desfecho == "SEM_PUBLICACAO" and not told.dia:
        yield "Não há nenhum dia publicado no período pedido."
    if told.desfecho in ("DESCONHECIDA", "SEM_DIVERGENCIA"):
        yield f"Procurada em: {'; '.join(told.procurada_em)}."
        yield from _near(told)
    if told.conferida is False:
        yield "ATENÇÃO: as regras, aplicadas de novo às linhas guardadas, não dizem o que foi publicado."
        yield "Avise a Engenharia."
    elif told.conferida:
        yield "Conferido: as regras da execução, aplicadas de novo às linhas guardadas, dizem o mesmo."
    for code, count in told.avisos.items():
        yield f"Aviso da execução, {code}: {WARNINGS[code]} ({number(count)})."


_WITHOUT_DIVERGENCE: Final = {
    "IGUAL": "IGUAL: o arquivo e a base dizem o mesmo; não há divergência.",
    "RECUSADA": "RECUSADA: só está em linhas recusadas do arquivo, e a base não a tem no dia.",
    "DESCONHECIDA": "DESCONHECIDA: não está no arquivo nem na base deste dia.",
    "SEM_DIVERGENCIA": (
        "SEM DIVERGÊNCIA publicada. Os dados da execução já não são guardados: não se sabe se a ordem era"
        " igual nos dois lados ou não estava em nenhum."
    ),
    "SEM_PUBLICACAO": "SEM PUBLICAÇÃO: o dia não está publicado, e nenhuma execução disse nada dele.",
}


def _near(told: Explanation) -> Iterator[str]:
    tried = counted(told.grafias_procuradas, "outra grafia", "outras grafias")
    if told.parecidas:
        yield f"Parecidas, entre as divergências do dia e {tried}:"
        yield from (f"  {visible(near['ordem_id'])} ({near['onde']})" for near in told.parecidas)
    else:
        yield f"Nenhuma parecida, entre as divergências do dia e {tried}."
    if told.linhas_sem_chave:
        refused = counted(told.linhas_sem_chave, "linha recusada", "linhas recusadas")
        yield f"O dia tem {refused} sem ordem_id legível: ela pode estar em uma delas."
    if told.guardado:
        yield (
            "A cópia da base tem as ordens do dia e as do arquivo. De outra data, pergunte à base de hoje:"
            " reconciliation-query, consulta ordem (4.5)."
        )


def _divergence(row: Divergence) -> str:
    fields = f" ({', '.join(row.campos)})" if row.campos else ""
    cents = int(Decimal(row.diferenca_valor).scaleb(2))
    return (
        f"{row.tipo}, {TYPES[row.tipo]}; motivo {row.motivo}, {MOTIVES[row.motivo]}{fields};"
        f" diferença {brl(cents)} (arquivo − base)"
    )


def _lines(told: Explanation) -> Iterator[str]:
    if not told.linhas:
        if told.execucao and told.desfecho == "DIVERGENTE":
            yield "No arquivo: nenhuma linha."
        return
    yield f"No arquivo {told.execucao.arquivo['s3_key'] if told.execucao else ''}:"
    yield from (f"  linha {number(line.linha)}, {_said(line)}" for line in told.linhas)
    if told.linhas_a_mais:
        yield f"  e mais {counted(told.linhas_a_mais, 'linha', 'linhas')}"
    if told.repetidas_sem_numero:
        yield "  (os números das linhas repetidas não foram guardados por esta execução)"
    if all(line.texto is None for line in told.linhas):
        gone = (
            "esta versão do arquivo não existe mais" if told.guardado else "os cortes não são mais guardados"
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


def _compared(told: Explanation) -> Iterator[str]:
    if not told.comparacao:
        return
    yield f"{'Campo':14} {'arquivo':{_WIDTH}} base"
    yield from map(_row, told.comparacao)
    for name, words in (("chave_na_base", "Na base a chave está entre brancos"),):
        if told.na_base and told.na_base.get(name):
            yield f"{words}: «{visible(told.na_base[name] or '')}»"
    if told.na_base and told.na_base.get("data_impossivel"):
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


def _history(told: Explanation) -> Iterator[str]:
    days = told.dias_olhados
    if not days:
        return
    looked = counted(len(days), "dia publicado", "dias publicados")
    period = f"{looked}, de {calendar_day(days[-1])} a {calendar_day(days[0])}"
    if not told.historico:
        yield f"História: nenhuma divergência em {period}."
        return
    first = min(past.dia for past in told.historico)
    yield (
        f"História: divergiu em {counted(len(told.historico), 'dia', 'dias')} de {period};"
        f" a primeira vez, em {calendar_day(first)}."
    )
    for past in told.historico[:_PAST_SHOWN]:
        yield f"  {calendar_day(past.dia)}: {_divergence(past.divergencia)}"
    if len(told.historico) > _PAST_SHOWN:
        yield f"  e em mais {counted(len(told.historico) - _PAST_SHOWN, 'dia', 'dias')}"
