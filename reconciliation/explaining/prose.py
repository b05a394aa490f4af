"""An explanation in Portuguese, for people: a few paragraphs of plain text."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

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

_KEY_CHARS: Final = 300
_VALUE_CHARS: Final = 120
_PAST_SHOWN: Final = 15
_WIDTH: Final = 32


def text(explanation: Explanation) -> str:
    """What is told, a paragraph a subject."""
    day, key = explanation.dia, explanation.ordem_id
    of_day = f", dia {calendar_day(day)} ({weekday(day)})" if day else ""
    paragraphs = [
        [f"Ordem {_cut(visible(key), _KEY_CHARS)}{of_day}"],
        list(_outcome(explanation)),
        list(_lines(explanation)),
        list(_compared(explanation)),
        list(_run(explanation.execucao, day)),
        [*_history(explanation), *_unread(explanation)],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def visible(value: str) -> str:
    """A character that nobody sees by its number, as `⟨U+200B⟩`."""
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in value)


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[:chars]}… ({number(len(text))} caracteres)"


def _outcome(explanation: Explanation) -> Iterator[str]:
    if explanation.divergencia:
        yield f"DIVERGENTE: {_divergence(explanation.divergencia)}."
    elif explanation.desfecho == "SEM_DIVERGENCIA" and explanation.linhas:
        yield _WITHOUT_DIVERGENCE_BUT_REFUSED
    elif explanation.desfecho == "SEM_PUBLICACAO" and not explanation.dia:
        yield (
            "SEM PUBLICAÇÃO: não há nenhum dia publicado no período pedido; uma execução em curso só é olhada"
            " depois de publicada."
        )
    else:
        yield _WITHOUT_DIVERGENCE[explanation.desfecho]
    if explanation.desfecho in ("DESCONHECIDA", "SEM_DIVERGENCIA") and not explanation.linhas:
        if explanation.sem_dia and len(explanation.dias_olhados) > 1:
            yield _NO_DAY_KNOWS.format(_period(explanation.dias_olhados))
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
        "SEM PUBLICAÇÃO: o dia não está publicado; execuções em curso, recusadas ou que falharam não são"
        " olhadas aqui (o que houve com elas, diz o alerta do dia)."
    ),
}
_WITHOUT_DIVERGENCE_BUT_REFUSED: Final = (
    "SEM DIVERGÊNCIA publicada, e com linha recusada. Os dados da execução já não são guardados: não se sabe"
    " se a ordem tinha também uma linha boa, igual à base, ou só as recusadas, sem estar na base no dia."
)


_NO_DAY_KNOWS: Final = (
    "Sem um dia pedido, foi procurada em {}: nenhum a conhece, no que ainda se guarda dele."
    " Este é o mais novo."
)


def _near(explanation: Explanation) -> Iterator[str]:
    sought = "as divergências do dia"
    if tried := explanation.grafias_procuradas:
        sought += f" e {counted(tried, 'outra grafia', 'outras grafias')} do arquivo e da base"
    if explanation.parecidas:
        yield f"Parecidas, entre {sought}:"
        yield from (
            f"  {_cut(visible(near.ordem_id), _KEY_CHARS)} ({', '.join(near.onde)})"
            for near in explanation.parecidas
        )
        if explanation.parecidas_a_mais:
            yield f"  e mais {number(explanation.parecidas_a_mais)}"
        yield "Se for uma delas, pergunte outra vez, com a grafia dela."
    else:
        yield f"Nenhuma parecida, entre {sought}."
    if explanation.linhas_sem_chave:
        refused = counted(explanation.linhas_sem_chave, "linha recusada", "linhas recusadas")
        where = "nela" if explanation.linhas_sem_chave == 1 else "em uma delas"
        yield f"O dia tem {refused} sem ordem_id legível: a ordem pode estar {where}."
    if explanation.guardado:
        yield (
            "A cópia da base tem só as ordens do dia e as do arquivo. Se a ordem é de outra data, pergunte à"
            " base de hoje: reconciliation-query, consulta ordem (4.5)."
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
    yield from (f"  linha {number(line.linha)}: {_said(line)}" for line in explanation.linhas)
    if explanation.linhas_a_mais:
        yield f"  e mais {counted(explanation.linhas_a_mais, 'linha', 'linhas')}"
    if explanation.repetidas_sem_numero:
        yield "  (se alguma linha repete a que vale, o número dela não foi guardado por esta execução)"
    if all(line.texto is None for line in explanation.linhas):
        gone = (
            "esta versão do arquivo não existe mais"
            if explanation.guardado
            else "onde cada linha está no arquivo já não é guardado"
        )
        yield f"  (sem o texto: {gone})"


def _said(line: Line) -> str:
    said = {"VALE": "é a que vale", "REPETIDA": "repete a que vale; contam uma vez só"}.get(line.situacao, "")
    if line.codigo:
        why = line.detalhe or REJECTS.get(line.codigo, line.codigo)
        said = f"recusada, {line.codigo}: {visible(why)}"
    if line.texto is None:
        return said
    cut = " (cortada)" if line.cortada else ""
    return f"{said}\n    {visible(line.texto)}{cut}"


def _compared(explanation: Explanation) -> Iterator[str]:
    if not explanation.comparacao:
        return
    yield f"{'Campo':14} {'arquivo':{_WIDTH}} base"
    nothing = _ABSENT if explanation.na_base is None else _NULL
    yield from (_row(field, nothing) for field in explanation.comparacao)
    base = explanation.na_base or {}
    if padded := base.get("chave_na_base"):
        yield f"Na base a chave está entre brancos: «{visible(padded)}»"
    if base.get("data_impossivel"):
        yield "A data na base não existe em nenhum calendário, e conta como diferença."


def _row(field: Compared, nothing: str) -> str:
    """`nothing` stands for what the base does not have; a line of the file has all of its fields."""
    verdict = {True: "", False: "  ≠", None: ""}[field.igual]
    unseen = " (só no que não se vê)" if field.so_invisivel else ""
    file, base = _value(field.arquivo, _ABSENT), _value(field.base, nothing)
    return f"{field.campo:14} {file:{_WIDTH}} {base}{verdict}{unseen}"


def _value(value: str | None, none: str) -> str:
    return none if value is None else _cut(visible(value), _VALUE_CHARS) or "(vazio)"


_ABSENT: Final = "—"
_NULL: Final = "(nulo)"
BASE_FACTS: Final = {
    "engine": "lida de",
    "readers": "leitores",
    "unique_proof": "chave única provada por",
    "window": "janela",
    "newest_date": "data mais nova",
    "padded_keys": "chaves com espaços em volta",
    "replica_lag_s": "atraso da réplica em segundos",
    "objects": "objetos do export",
    "export": "export",
    "snapshot_time": "de",
}
"""What the summary tells of the base (`BaseFacts`), in words."""
FACT_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "engine": {"postgres": "PostgreSQL", "mysql": "MySQL", "s3_export": "um export no S3"},
    "unique_proof": {"index": "índice único", "in_scope": "busca nas datas da janela"},
    "padded_keys": {
        "check": "impedidas por uma regra da tabela",
        "unique_index": "procuradas por um índice da tabela",
        "scan": "procuradas na tabela inteira",
        "in_scope": "procuradas nas datas da janela",
        "unproved": "não procuradas",
    },
}
"""Of those whose values are code words; `runbooks/2.3-falha-na-conciliacao.md` has these as they are."""


def _run(run: Run | None, day: str | None) -> Iterator[str]:
    if run is None:
        return
    yield f"Quem disse: {run.job_id}, tentativa {run.attempt}{_began(run)}."
    if run.data_de_referencia not in (None, day):
        yield f"  data de referência: {calendar_day(run.data_de_referencia)}"
    yield f"  arquivo: {run.arquivo['s3_key']}, versão {run.arquivo['version_id']}"
    yield f"    sha256 {run.arquivo['sha256']}"
    if run.base:
        yield f"  base: {'; '.join(_facts(run.base))}"
    yield f"  regras: {run.rules_sha256}"
    yield f"  dados: {run.fingerprint}; publicado: {run.published_etag}"


def _facts(base: Mapping[str, Any]) -> Iterator[str]:
    """What has no value is left out, as a newest date of no row; but a lag is then unknown."""
    for name, value in base.items():
        if value is not None:
            yield f"{BASE_FACTS.get(name, name)} {_fact(name, value)}"
        elif name == "replica_lag_s":
            yield "atraso da réplica desconhecido"


def _fact(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"de {calendar_day(value['first'])} a {calendar_day(value['last'])}"
    return visible(FACT_VALUES.get(name, {}).get(str(value), str(value)))


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
    times = len(explanation.historico)
    if not times:
        yield f"História: nenhuma divergência em {_period(days)}."
        return
    first = min(past.dia for past in explanation.historico)
    since = f"; a primeira vez, em {calendar_day(first)}" if times > 1 else ""
    yield f"História: divergiu em {number(times)} de {_period(days)}{since}."
    for past in explanation.historico[:_PAST_SHOWN]:
        yield f"  {calendar_day(past.dia)}: {_divergence(past.divergencia)}"
    if times > _PAST_SHOWN:
        yield f"  e em mais {counted(times - _PAST_SHOWN, 'dia', 'dias')}"


def _period(days: Sequence[str]) -> str:
    """Of the newest first, as an explanation has them."""
    if len(days) == 1:
        return f"1 dia publicado, {calendar_day(days[0])}"
    return f"{number(len(days))} dias publicados, de {calendar_day(days[-1])} a {calendar_day(days[0])}"
