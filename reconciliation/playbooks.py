"""What to do about each code, in order: look, mend, go on. Portuguese; so do the pages 2.1 to 2.5.

The first step always has a command, and it helps when it is pasted now: none fails for the reason that the
alert is about, and none replaces what stands published before a person has looked. A refused file needs no
start, since an upload starts the day by itself. A step without a command is a person's work.
"""

from collections.abc import Iterator
from typing import Final

from reconciliation import commands, file_commands
from reconciliation.daily import Kind
from reconciliation.deployment import DAYS_DATASET
from reconciliation.event import AlertCode, Event
from reconciliation.file_playbook import ABOUT_FILES
from reconciliation.run import DEADLINE_MAX_S
from reconciliation.steps import (
    Make,
    Step,
    by_hand,
    describe,
    do,
    ended,
    from_the_file,
    if_the_file,
    job_errors,
    query,
    replace_by_the_file,
    resume,
    start_again,
    unforced,
)

_all_versions = do(
    "Ver as versões dos arquivos do dia: nome, versão, bytes, hora, e se é a mais nova",
    file_commands.listed_versions,
)
_connection = do(
    "Testar a conexão com a base, da rede dos jobs: a resposta diz até que etapa se chega e com que código",
    commands.connection_check,
)
_checkpoint = do("Ver o checkpoint: até onde a execução chegou", commands.checkpoint)
_running = do("Ver que execuções estão em curso", commands.running)
_connect_again = do('Repetir o teste, e seguir quando a resposta tiver "ok": true', commands.connection_check)
_OUT_OF_HOURS: Final = "; fora do horário comercial, assumir o incidente e esperar (runbook 3.1)"
"""Operations alone are there day and night (runbook 3.1)."""
_on = resume("Retomar do checkpoint, quando isso estiver corrigido")
_again = resume("Retomar do checkpoint")
_what_lacks = resume(
    "Retomar do checkpoint: só o que falta é feito, com a base como foi copiada (se corrigida depois, do"
    " início)"
)


def _base(*mend: Make) -> tuple[Make, ...]:
    """The base is at fault: a resume before it is mended fails in the same way."""
    return _connection, *mend, _connect_again, _on


def _compared(event: Event) -> Iterator[Step]:
    """The file that is published, and the one that was refused."""
    published = event.standing.s3_key if event.standing else None
    if published and published == event.s3_key:
        yield Step(
            "É o mesmo arquivo, enviado de novo: ver, pelos bytes e pela hora, se a versão nova é a completa;"
            ' a publicada é a de "Publicado agora"'
        )
    else:
        yield Step("São de fornecedores diferentes? Juntá-los em um arquivo só (runbook 1.1)")


_published_summary = do(
    "Ver o resumo publicado: tempos, taxa e tipos",
    lambda event: commands.summary(event) if event.is_published else None,
)


def _subscriptions(event: Event) -> Iterator[Step]:
    """Of both topics: either may be the one that an address lacks."""
    for topic, what in (("alerts", "os alertas"), ("business", "as mensagens da área de negócio")):
        title = f"Ver quem recebe {what} por e-mail, e quem não confirmou (runbook 3.1)"
        yield Step(title, commands.subscriptions(event, f"reconciliation-{topic}"))


_OF_POINTS: Final[dict[Kind, Make]] = {
    "file": do("Ver os últimos arquivos enviados, também os de nome errado", file_commands.newest_uploads),
    "run": do("Ver quem processou o dia por último, e em que estado ele ficou", commands.day_object),
    "time": _published_summary,
    "rate": _published_summary,
    "alerts": do("Ver o que o Slack não recebeu, e por quê", commands.slack_log),
    "mail": _subscriptions,
    "space": do("Ver os últimos objetos publicados e o espaço de todos", commands.sizes),
    "dataset": do("Pedir a atualização do QuickSight de novo", commands.refresh),
}
"""The daily check's, of which each says the point's figure or mends it."""


def _failed_points(event: Event) -> Iterator[Step]:
    """One for each point that failed, in their order; time and rate are one."""
    steps = (step for kind in event.failed_points for step in _OF_POINTS[kind](event))
    yield from dict.fromkeys(steps)


_ORDER: Final[dict[AlertCode, tuple[Make, ...]]] = {
    **ABOUT_FILES,
    "SUCCEEDED": (do("Nada a fazer; para ver as divergências, baixá-las", commands.download),),
    "DAILY_CHECK": (_failed_points, do("Ver as últimas execuções", commands.executions)),
    "ALARM": (
        do("Ver o que dispara o alarme", commands.alarmed),
        do("Ver quando ele disparou e voltou", commands.alarm_history),
        by_hand("Seguir a seção do runbook que este alerta diz"),
        ended,
    ),
    # 2.2
    "TIMEOUT": (
        _what_lacks,
        _checkpoint,
        do("Se o prazo passar de novo: ver em que parte o tempo passou", commands.job_times),
        by_hand(
            "Corrigir então a causa, ou retomar com mais recursos:"
            ' "workers": 20, "worker_type": "G.2X" na entrada (runbook 2.2, 3)'
        ),
    ),
    # 2.3
    "RDS_UNREACHABLE": _base(
        by_hand("Corrigir a etapa em que a conexão parou: rede, instância ou TLS (runbook 2.3, 1 e 4)")
    ),
    "RDS_AUTH": _base(
        do(
            "No banco que a implantação criou: pôr nele de novo a senha que está no segredo",
            lambda event: commands.prepare_base(event, "trocar_senha"),
        ),
        do(
            "No banco que a implantação criou: dar ao usuário a leitura, se é ela que falta",
            lambda event: commands.prepare_base(event, "criar_usuario"),
        ),
        by_hand("Em outro banco: corrigir usuário, senha ou permissão de leitura (runbook 2.3, 1)"),
    ),
    "RDS_QUERY_TIMEOUT": (
        query("Ver quem espera por quem no banco", "bloqueios"),
        query("Se ninguém bloqueia a leitura: ver os índices em ordem_id e em data", "indices"),
        by_hand("Encerrar o que bloqueia a leitura, ou criar o índice que falta (runbook 2.3, 2 e 3)"),
        resume("Retomar do checkpoint, com mais tempo para a leitura", query_timeout_s=900),
    ),
    "OUT_OF_MEMORY": (
        resume("Retomar do checkpoint, com mais memória", workers=15, worker_type="G.2X"),
        by_hand("Se faltar de novo: partições menores, do início (runbook 2.3, 4, OOM)"),
    ),
    "E_BASE_NO_UNIQUE_INDEX": _base(
        query("Ver as chaves repetidas, que impedem o índice", "chaves_repetidas"),
        by_hand("Corrigir na base as chaves repetidas, se há (runbook 2.3, 2)"),
        by_hand(
            "Criar ou refazer o índice pelos comandos da mensagem, ou criá-lo pela função no banco que a"
            " implantação criou (runbook 2.3, 2)"
        ),
    ),
    "E_BASE_SCHEMA": _base(
        by_hand("Corrigir a tabela conforme a mensagem (runbook 2.3, 4, Tabela fora do contrato)")
    ),
    "E_BASE_DUP_OR_NULL_KEY": _base(
        query("Ver as chaves repetidas", "chaves_repetidas"),
        query("Ver as linhas sem chave", "linhas_sem_chave"),
        by_hand("Corrigir essas linhas na base"),
        query("Repetir a consulta das chaves, e seguir quando nenhuma vier", "chaves_repetidas"),
        query("Repetir a das linhas sem chave, e seguir quando nenhuma vier", "linhas_sem_chave"),
    ),
    "E_BASE_SESSION": _base(
        by_hand("Corrigir a configuração que a mensagem nomeia (runbook 2.3, 4, Sessão)")
    ),
    "BASE_EMPTY": (
        query("Ver a data mais nova da base, e quantas linhas ela tem do dia", "dia_na_base"),
        by_hand("Esperar ou refazer a carga da base"),
        query("Repetir a consulta, e seguir quando a base tiver as linhas do dia", "dia_na_base"),
        _again,
    ),
    "UNBALANCED_TOTALS": (
        job_errors,
        by_hand(f"Chamar a Engenharia, com o que a mensagem diz; não forçar{_OUT_OF_HOURS}"),
        unforced,
    ),
    "LOCK_LOST": (_running, do("Ver quem tem o dia", commands.day_object), from_the_file()),
    "CHECKPOINT_REFUSED": (
        do(
            "Ver o que há do job",
            lambda event: None if event.s3_key else commands.checkpoint(event),
        ),
        from_the_file(),
    ),
    "RECONCILIATION_FAILED": (
        job_errors,
        by_hand("Corrigir o que o erro diz, se é de fora: permissão, bucket, rede; se repetir, Engenharia"),
        _again,
    ),
    "ABORTED": (describe, _what_lacks),
    # 2.4
    "OUTPUT_FAILED": (
        job_errors,
        by_hand("Corrigir a permissão ou o bucket, se o erro é esse (runbook 2.4, 1 e 2)"),
        resume("Retomar do checkpoint: só a publicação é refeita"),
    ),
    "QUICKSIGHT_FAILED": (
        do("Ver por que a atualização falhou", commands.ingestion),
        do("Ver se o conjunto de dados está lá", commands.dataset),
        do("Pedir a atualização de novo", commands.refresh),
        do(
            "Ver o resultado dela, depois de alguns minutos",
            lambda event: commands.ingestion(event, commands.by_hand_id(event)),
        ),
        do(
            "O mesmo do conjunto dos dias: por que falhou",
            lambda event: commands.ingestion(event, name=DAYS_DATASET),
        ),
        do("Ver se o conjunto dos dias está lá", lambda event: commands.dataset(event, DAYS_DATASET)),
        do("Pedir a atualização dos dias de novo", lambda event: commands.refresh(event, DAYS_DATASET)),
        do(
            "Ver o resultado dela, depois de um minuto",
            lambda event: commands.ingestion(event, commands.by_hand_id(event), DAYS_DATASET),
        ),
    ),
    "REPORT_FAILED": (
        do("Ver por que o relatório falhou, se o log diz", commands.job_errors),
        do("Fazer o relatório de novo: o publicado não muda", commands.report),
        do("Ver o que há dele, depois de um minuto", commands.report_files),
        by_hand(
            "Se falhar de novo: Engenharia, e depois refazê-lo;"
            f" as divergências publicadas valem, e se abrem no QuickSight{_OUT_OF_HOURS}"
        ),
    ),
    "FINISH_FAILED": (
        do(
            "Ver o erro do fechamento",
            lambda event: commands.function_errors(event, "reconciliation-finish-run"),
        ),
        do("Conferir o publicado; ele vale, e não se refaz", commands.summary),
        ended,
    ),
    "INVALID_INPUT": (
        describe,
        by_hand("Corrigir o campo que a mensagem diz"),
        do("Iniciar de novo", commands.start),
        ended,
    ),
    "INVALID_SETTING": (
        describe,
        by_hand(
            f"Chamar a Engenharia: corrigir a regra que a mensagem diz, e implantar de novo{_OUT_OF_HOURS}"
        ),
        resume("Iniciar de novo, com a regra corrigida"),
    ),
    "NEEDS_FORCE": (
        _all_versions,
        _compared,
        from_the_file(),
        ended,
    ),
    "DAY_BUSY": (
        _running,
        by_hand(
            f"Esperar que termine, em {DEADLINE_MAX_S // 60} minutos no máximo;"
            " a mensagem diz o que acontece então com este arquivo"
        ),
        start_again("Iniciar de novo, se o dia não foi publicado, nada iniciou e a lista está vazia"),
    ),
    # 2.5
    "ABNORMAL_RATE": (
        do("Ver o resumo do dia: tipos, motivos, fornecedores, rejeitos, avisos", commands.summary),
        do("Baixar as divergências, e ver o que elas têm em comum", commands.download),
        query("Ver se a base está em dia", "dia_na_base"),
        by_hand("Se a base ou o arquivo tem a culpa, corrigir (runbook 2.5, 2)"),
        replace_by_the_file(
            "Se foi a base: substituir o dia, do mesmo arquivo; até o fim, pedido igual nada faz (DUPLICATE)"
        ),
        if_the_file,
        ended,
    ),
}
"""By code."""


def steps_of(event: Event) -> list[Step]:
    """The steps of the event's code, with its values."""
    steps = [step for make in _ORDER[event.code] for step in make(event)]
    helps_now = steps[0].command is not None and not commands.asks(steps[0].command)
    return steps if helps_now else [*describe(event), *steps]
