"""The codes in words: what operators and business people read. Portuguese, without a row's data.

Source: runbook 2.1 to 2.5; data contract (the file's and the rows' codes, the warnings).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Final

from reconciliation import advice

SAO_PAULO: Final = timezone(timedelta(hours=-3))
"""Without summer time since 2019; a function's machine need not know zones by name."""

OUTCOMES: Final = {
    "SUCCEEDED": "Conciliação publicada",
    "DAILY_CHECK": "Verificação diária (1.1)",
    "ALARM": "Um alarme do CloudWatch disparou",
    # 2.1
    "E_NOT_CSV": "O arquivo do fornecedor não é um CSV: é compactado, planilha ou outro formato",
    "E_ENCODING": "O arquivo do fornecedor não está em UTF-8",
    "E_NUL": "O arquivo do fornecedor tem um byte NUL: está corrompido",
    "E_BARE_CR": "O arquivo do fornecedor tem fim de linha só com CR",
    "E_LINE_TOO_LONG": "O arquivo do fornecedor tem uma linha com mais de 64 KiB",
    "E_EMPTY": "O arquivo do fornecedor está vazio; se vier outra versão dele, ela inicia sozinha",
    "E_HEADER": "O cabeçalho do arquivo do fornecedor não é o do contrato",
    "E_NO_ROWS": "O arquivo do fornecedor não tem nenhuma linha válida",
    "E_WRONG_DAY": "O arquivo do fornecedor não tem nenhuma linha da data de referência",
    "E_TOO_MANY_REJECTS": "O arquivo do fornecedor tem linhas inválidas demais",
    "E_TOO_MANY_LINES": "O arquivo do fornecedor passa do limite de linhas",
    "E_S3_KEY": "Um arquivo foi enviado com nome ou pasta fora do padrão",
    "INPUT_GONE": "O arquivo do fornecedor não existe (mais) no S3",
    "NO_FILE": "O arquivo do fornecedor não chegou até a hora esperada",
    "VALIDATION_TIMEOUT": "A validação do arquivo passou do tempo do job",
    "VALIDATION_FAILED": "A validação do arquivo falhou por erro interno",
    # 2.2
    "TIMEOUT": "O processamento passou do limite de tempo e foi interrompido",
    # 2.3
    "RDS_UNREACHABLE": "O banco de dados não responde",
    "RDS_AUTH": "O banco de dados recusou o usuário da conciliação",
    "RDS_QUERY_TIMEOUT": "A leitura do banco de dados passou do tempo",
    "OUT_OF_MEMORY": "O job ficou sem memória",
    "E_BASE_NO_UNIQUE_INDEX": "Falta na base o índice único em ordem_id, ou um índice dela já não vale",
    "E_BASE_SCHEMA": "A tabela da base não tem a forma do contrato",
    "E_BASE_DUP_OR_NULL_KEY": "A base tem ordem_id repetido ou nulo",
    "E_BASE_SESSION": "A sessão no banco de dados não é a que foi pedida: leria outra base",
    "BASE_EMPTY": "A base não tem nenhuma linha da data de referência",
    "UNBALANCED_TOTALS": "Os totais de controle não fecham; nada foi publicado",
    "LOCK_LOST": "O dia foi tomado por outra execução; esta não publicou nada",
    "CHECKPOINT_REFUSED": "A retomada foi recusada: o checkpoint não serve",
    "RECONCILIATION_FAILED": "A conciliação falhou por erro interno",
    "ABORTED": "A execução foi interrompida à mão ou se perdeu",
    # 2.4
    "OUTPUT_FAILED": "A publicação do resultado falhou",
    "QUICKSIGHT_FAILED": "O dia está publicado, mas o QuickSight não o mostra, ou não por inteiro",
    "REPORT_FAILED": "O dia está publicado, mas falta o relatório para a área de negócio",
    "FINISH_FAILED": "O dia está publicado, mas o fechamento da execução falhou",
    "INVALID_INPUT": "A entrada da execução não é válida; nada foi feito",
    "INVALID_SETTING": "Uma regra da implantação tem valor impossível; nada foi feito",
    "NEEDS_FORCE": "O dia já está publicado com outros bytes que os deste arquivo; nada foi feito",
    "DAY_BUSY": "O dia está em processamento por outra execução; nada foi feito",
    # 2.5
    "ABNORMAL_RATE": "Taxa de divergências anormal; o dia está publicado",
}
"""What happened, in one sentence, by the alert's code."""

TYPES: Final = {
    "TIPO_1": "no arquivo, ausente na base",
    "TIPO_2": "na base, ausente no arquivo",
    "TIPO_3": "campos divergentes",
}
"""What a divergence of that type is."""

MOTIVES: Final = {
    "AUSENTE_NA_BASE": "ausente na base",
    "AUSENTE_NO_CSV": "ausente no arquivo",
    "LINHA_REJEITADA": "no arquivo só em linha rejeitada",
    "DUPLICATA_CONFLITANTE": "no arquivo em linhas que se contradizem",
    "CAMPOS": "campos divergentes",
}
"""Why it is one."""

WITHOUT_SUPPLIER: Final = "(sem fornecedor)"
"""Base rows that name none."""
REJECTS: Final = {
    "E_COLS": "não tem seis campos",
    "E_QUOTE": "aspas fora do lugar",
    "E_BLANK": "linha só de separadores",
    "E_CTRL": "caractere de controle",
    "E_KEY_EMPTY": "ordem_id vazio",
    "E_KEY_LONG": "ordem_id longo demais",
    "E_KEY_CHARS": "ordem_id com caractere invisível",
    "E_REQUIRED": "campo obrigatório vazio",
    "E_DATA": "data inválida",
    "E_VALOR": "valor não é número",
    "E_VALOR_RANGE": "valor grande demais",
    "E_VALOR_SCALE": "valor com mais de 2 casas",
    "E_DUP_CONFLICT": "mesmo ordem_id com dados diferentes",
}
"""Why a line was refused."""

WARNINGS: Final = {
    "BOM": "o arquivo começa com BOM (aceito)",
    "MIXED_EOL": "linhas com fim diferente das demais (LF e CRLF misturados)",
    "NO_FINAL_NEWLINE": "a última linha não termina em quebra de linha",
    "MANY_LINES": "linhas no arquivo, mais que o volume previsto",
    "DUP_IDENTICAL": "linhas repetidas por inteiro, contadas uma vez",
    "OTHER_DAY": "linhas com data diferente da data de referência",
    "SUPPLIER_ABSENT": (
        "fornecedores da base sem nenhuma linha que se leia no arquivo: falta outro arquivo do dia?"
    ),
    "CAUSES_UNKNOWN": "a causa provável não pôde ser calculada; o resultado não depende dela",
    "BASE_REPLICA_LAG": "a réplica de leitura está atrasada: linhas recentes da base podem faltar",
    "BASE_LAG_UNKNOWN": "o atraso da réplica de leitura não pôde ser medido",
    "BASE_EXPORT_EARLY": (
        "o export da base é de antes do fim do dia das linhas: ordens gravadas depois faltam nele, e parecem"
        " ausentes"
    ),
    "BASE_EXPORT_TIME_UNKNOWN": (
        "não se sabe de quando é o export da base: se é de antes do fim do dia, faltam ordens nele"
    ),
    "BASE_EXPORT_WARNED": (
        "o RDS avisou de algo na tabela (warningMessage em export_tables_info): podem faltar linhas"
    ),
    "BASE_PADDED_KEYS": "ordens do arquivo que a base pode ter com espaços em volta: não foi conferido",
    "BASE_ABSURD_DATE": "linhas da base com data impossível (tratada como diferença)",
    "BASE_NO_DATE_INDEX": (
        "a base não tem índice em data, e cada execução a lê inteira."
        f" PostgreSQL: {advice.statement('postgres.date_index', index=advice.DATE_INDEX)}"
        f" MySQL: {advice.statement('mysql.date_index', index=advice.DATE_INDEX)}"
    ),
    "BASE_INVISIBLE_INDEX": (
        "o otimizador do banco não vê o índice em ordem_id ou em data (INVISIBLE, IGNORED; a consulta indices"
        " diz qual), e a leitura é lenta."
        f" Com o nome dele no lugar de NOME, MySQL: {advice.statement('mysql.visible', index='NOME')}"
        f" MariaDB: {advice.statement('mysql.not_ignored', index='NOME')}"
    ),
}
"""What was noticed and is never fatal; each comes with a count."""

NOTHING_PUBLISHED: Final = "nada foi publicado"

_WEEKDAYS: Final = (
    "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo",
)  # fmt: skip
_MONTHS: Final = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip

STAGES: Final = {"validation": "validação", "reconciliation": "conciliação", "output": "saída"}


def shown(counts: dict[str, int], words: dict[str, str]) -> str:
    """`code (in words): count`, a line's worth; a code that has no words stands for itself."""
    return "; ".join(
        f"{code} ({words[code]}): {number(count)}" if code in words else f"{code}: {number(count)}"
        for code, count in counts.items()
    )


def moment(text: str) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ` as São Paulo's clocks show it, and itself beside it."""
    there = datetime.fromisoformat(text).astimezone(SAO_PAULO)
    return f"{there:%d/%m/%Y %H:%M:%S} em São Paulo ({text} em UTC)"


def number(count: int) -> str:
    """1234567 as 1.234.567."""
    return f"{count:,}".replace(",", ".")


def counted(count: int, one: str, many: str) -> str:
    """`1 dia`, `1.234 dias`."""
    return f"{number(count)} {one if count == 1 else many}"


def folder_off(offset: int) -> str:
    """Of the folder whose lines are `offset` days off it: `de 1 dia depois ` of their date, "" where none."""
    after = "depois" if offset < 0 else "antes"
    return f"de {counted(abs(offset), 'dia', 'dias')} {after} " if offset else ""


def lines(numbers: Sequence[int]) -> str:
    """`linha 2`, `linhas 2, 3 e 4`; not none."""
    *before, last = map(str, numbers)
    return f"linhas {', '.join(before)} e {last}" if before else f"linha {last}"


def brl(cents: int) -> str:
    """123456 as `R$ 1.234,56`, without a float on the way."""
    return f"{'-' if cents < 0 else ''}R$ {amount(abs(cents))}"


def amount(cents: int) -> str:
    """-123456 as `-1.234,56`."""
    return f"{'-' if cents < 0 else ''}{number(abs(cents) // 100)},{abs(cents) % 100:02d}"


def times(factor: Fraction) -> str:
    """`multiplicado por 100`; -1 is a sign; below one it divides."""
    if factor == -1:
        return "com o sinal trocado"
    by = "dividido por" if abs(factor) < 1 else "multiplicado por"
    shown = 1 / factor if abs(factor) < 1 else factor
    return f"{by} {f'{float(shown):.4g}'.replace('.', ',')}"


def calendar_day(day: str) -> str:
    """`2026-02-16` as `16/02/2026`."""
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def weekday(day: str) -> str:
    """`2026-02-16` as `segunda-feira`."""
    return _WEEKDAYS[date.fromisoformat(day).weekday()]


def month(day: str) -> str:
    """`2026-02-16` as `fevereiro de 2026`."""
    return f"{_MONTHS[date.fromisoformat(day).month - 1]} de {day[:4]}"


def percent(value: float | None) -> str:
    """`12,50%`; without a value, that there is no history."""
    return "sem histórico" if value is None else f"{value:.2f}%".replace(".", ",")


def minutes(seconds: float) -> str:
    """`12 min 05 s`."""
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
