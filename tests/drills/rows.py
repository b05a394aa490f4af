"""The drills, a row each, by playbook: what breaks, the code that comes of it, who mends it and by what."""

from typing import Final

from tests.drills.drill import Drill
from tests.drills.faults import (
    by_page,
    closed_network,
    commas_for_semicolons,
    decimal_commas,
    end_whoever_blocks,
    in_latin_1,
    load_again,
    may_not_read,
    may_not_write,
    stopped_database,
    without_index,
    yesterdays_amounts,
)
from tests.faults.faulty_days import (
    bad_file,
    empty_base,
    far_from_the_base,
    killed,
    locked,
    other_password,
    published_otherwise,
    started,
    without_quicksight,
    wrong_key,
)

DRILLS: Final = (
    # 2.1: the supplier mends; the first one runs a job, before which Glue has no log
    Drill(
        name="decimal", code="E_TOO_MANY_REJECTS", says="um quinto das linhas tem vírgula decimal",
        fault=bad_file(decimal_commas), shows={"jq .error_details": '"error_type": "E_TOO_MANY_REJECTS"'},
    ),
    Drill(
        name="separador", code="E_HEADER", says="o arquivo vem com vírgulas no lugar de ponto e vírgula",
        fault=bad_file(commas_for_semicolons),
        shows={"head -20 inicio.txt": "fornecedor_id,ordem", "reconciliation-trigger --since": '"E_HEADER"'},
    ),
    Drill(
        name="codificação", code="E_ENCODING", says="o arquivo vem em Latin-1",
        fault=bad_file(in_latin_1), shows={"mensagem.txt": "UTF-8"},
    ),
    Drill(
        name="nome", code="E_S3_KEY", says="o nome do arquivo não é o combinado",
        fault=wrong_key,
    ),
    # 2.2: a resume, or all over again
    Drill(
        name="prazo", code="TIMEOUT", says="o prazo é de dois segundos",
        fault=started(deadline_s=2), shows={"# Localizar checkpoint": '"status": "TIMEOUT"'}, real_spark=True,
    ),
    Drill(
        name="prazo, do início", code="TIMEOUT", says="a base está presa, até o prazo de dez segundos",
        fault=locked(deadline_s=10), instead="reprocessar do início",
        shows={"# Tempo total da execução": '"Maximum"'},
    ),
    # 2.3: the database's people, or the operator by the runbook's functions
    Drill(
        name="banco parado", code="RDS_UNREACHABLE", says="o PostgreSQL é parado",
        fault=stopped_database, shows={"# Testar conexão": '"codigo": "RDS_UNREACHABLE"'},
    ),
    Drill(
        name="rede", code="RDS_UNREACHABLE", says="o grupo de segurança do banco não deixa ninguém entrar",
        fault=closed_network, mend=by_page("2.3", "GRUPO_GLUE="),
        shows={"# Testar conexão": '"etapa": "tcp"'},
    ),
    Drill(
        name="índice", code="E_BASE_NO_UNIQUE_INDEX", says="o índice único é apagado",
        fault=without_index, mend=by_page("2.3", "criar_indices"),
        shows={"# Testar conexão": '"codigo": "E_BASE_NO_UNIQUE_INDEX"'},
    ),
    Drill(
        name="senha", code="RDS_AUTH", says="a senha do leitor é trocada no banco",
        fault=other_password, shows={"# Testar conexão": '"codigo": "RDS_AUTH"'},
    ),
    Drill(
        name="trava", code="RDS_QUERY_TIMEOUT", says="alguém tem a tabela só para si",
        fault=locked(query_timeout_s=2), mend=end_whoever_blocks, shows={"bloqueios": '"bloqueado_por"'},
    ),
    Drill(
        name="base vazia", code="BASE_EMPTY", says="a base ainda não tem o dia",
        fault=empty_base,
    ),
    Drill(
        name="memória", code="OUT_OF_MEMORY", says="o driver da conciliação é morto por falta de memória",
        fault=killed, instead='"workers": 15', real_spark=True,
    ),
    # 2.4: Engineering, or the operator by hand
    Drill(
        name="escrita", code="REPORT_FAILED", says="a política não deixa os jobs escreverem na saída",
        fault=may_not_write, shows={"--policy-name s3-write": "elsewhere"}, afterwards="--report_day",
    ),
    Drill(
        name="leitura", code="OUTPUT_FAILED", says="uma política nega ao job de saída o que ele lê",
        fault=may_not_read, shows={"RUN_ID=": "OUTPUT_FAILED"}, instead="--input_path",
    ),
    Drill(
        name="painel", code="QUICKSIGHT_FAILED", says="o conjunto de dados do QuickSight não está lá",
        fault=without_quicksight,
    ),
    Drill(
        name="outro arquivo", code="NEEDS_FORCE", says="o dia já está publicado, sem uma linha",
        fault=published_otherwise,
    ),
    # 2.5: who owns the base's load
    Drill(
        name="base atrasada", code="ABNORMAL_RATE", says="a carga da base parou no começo",
        fault=far_from_the_base,
        shows={"dia_na_base": '"linhas_do_dia"', "# Taxa de divergências": '"Maximum"'},
    ),
    Drill(
        name="base de ontem", code="ABNORMAL_RATE", says="os valores da base são os de ontem",
        fault=yesterdays_amounts, mend=load_again, shows={"resumo.json": '"CAMPOS"'},
        instead="Depois de corrigida a base",
    ),
)  # fmt: skip
PLAYBOOKS: Final = sorted({drill.playbook for drill in DRILLS})


def named(name: str) -> Drill:
    return next(drill for drill in DRILLS if drill.name == name)
