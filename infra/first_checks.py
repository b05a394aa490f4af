"""`make first-checks`: what a deployment lacks before its first day, one sentence each (docs/deploy.md).

What nobody has done yet is no error: it is said here, and rings nowhere. Asked by AWS's command line with the
deployer's credentials; exit code 1 only where something is broken.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from infra import account, runtime
from infra.account import AccountError
from infra.context import SettingsError, context_from, pairs, require_region
from infra.names import ALARMS, BUSINESS_TOPIC, CONNECTION_CHECK, SECRET, TOPIC, WATCHDOG
from infra.people import told_severities
from infra.settings import Settings
from reconciliation import layout, runbook
from reconciliation.bounded_json import parse_object
from reconciliation.webhooks import is_address

ROOT = Path(__file__).resolve().parents[1]
Ask = Callable[..., Any]
"""What the account answers to those words of AWS's command line, as JSON."""
Mark = Literal["✓", "·", "✗"]
"""In order, not done yet, broken."""
_NEXT_STEP = "docs/deploy.md, passo 3"
_ASLEEP = ("(ResourceNotReadyException)", "(ENINotReadyException)", "(ResourceConflictException)")
"""Lambda's words for a function whose network is not there yet: inactive, then pending (API_Invoke.html)."""


@dataclass(frozen=True)
class Finding:
    """One line: of what, how it is, and where it is not in order what to do next."""

    mark: Mark
    what: str
    said: str


def look(settings: Settings, ask: Ask) -> list[Finding]:
    """Everything that a person does after a deployment, in the order of docs/deploy.md."""
    topic, business_topic = (
        _topic(settings.named(name), settings.region, ask) for name in (TOPIC, BUSINESS_TOPIC)
    )
    operators = [*told_severities(settings), *filter(None, [settings.email_board])]
    subscribed = {
        (each, item["Endpoint"]): item["SubscriptionArn"]
        for each in (topic, business_topic)
        for item in ask("sns", "list-subscriptions-by-topic", "--topic-arn", each)["Subscriptions"]
    }
    alarms = ask("cloudwatch", "describe-alarms", "--state-value", "ALARM")["MetricAlarms"]
    return [
        people({topic: operators, business_topic: [settings.email_business]}, subscribed),
        *(webhook(channel, name, _stored(ask, name)) for channel, name in settings.slack_secrets.items()),
        base(settings, _connection(settings, ask)),
        posted(settings, *_runbook(settings, ask)),
        files(settings, _keys(ask, settings.bucket("ingress")), _published(settings, ask)),
        ringing([item["AlarmName"] for item in alarms if _is_ours(settings, item["AlarmActions"])]),
        python(date.today()),  # noqa: DTZ011 - a month of AWS's is meant, not a day of any zone
    ]


def people(wanted_of: Mapping[str, Sequence[str]], subscribed: Mapping[tuple[str, str], str]) -> Finding:
    """Addresses by topic; `subscribed`: the ARN of each, in whose place stands what is not confirmed."""
    wanted = [(topic, address) for topic, addresses in wanted_of.items() for address in addresses]
    gone = [each for each in wanted if each not in subscribed]
    waiting = [each for each in wanted if subscribed.get(each) == "PendingConfirmation"]
    if gone:  # SNS keeps a link for two days (ConfirmSubscription)
        again = "; ".join(
            f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {address}"
            for topic, address in gone
        )
        return Finding(
            "✗",
            "E-mails",
            f"{_addresses(gone)} não tem inscrição; o link vale dois dias, peça outro: {again}",
        )
    if waiting:
        return Finding(
            "·",
            "E-mails",
            f"{_addresses(waiting)} ainda não abriu o link do e-mail da AWS, que vale dois dias",
        )
    return Finding("✓", "E-mails", f"{len(wanted)} confirmados")


def webhook(channel: str, secret: str, stored: str | None) -> Finding:
    """`stored`: what the secret holds, which is not shown; None where nobody has put anything."""
    what = f"Slack {channel}"
    put = (
        f"aws secretsmanager put-secret-value --secret-id {secret} --secret-string https://hooks.slack.com/…"
    )
    if stored is None:
        return Finding("·", what, f"sem webhook, e por isso os alertas vão só por e-mail; ponha-o: {put}")
    if not is_address(stored):
        return Finding("✗", what, f"o segredo {secret} não é uma URL https; ponha-a inteira, e só ela: {put}")
    return Finding("✓", what, "o webhook está no segredo")


def base(settings: Settings, answer: Mapping[str, Any] | None) -> Finding:
    """`answer`: of `test-rds-connection`; None while Lambda makes its network anew."""
    what, function = "Banco", settings.named(CONNECTION_CHECK)
    if answer is None:
        return Finding(
            "·", what, f"{function} é nova, ou ficou semanas sem uso, e a AWS lhe refaz a rede:"
            " repita em dois minutos"
        )  # fmt: skip
    log = f"aws logs tail /aws/lambda/{function} --since 5m"
    if "etapa" not in answer:  # Lambda's own: the function died, or was out of time
        return Finding(
            "✗", what, f"{function} não terminou ({answer.get('errorMessage')}); se foi por tempo, não"
            f" alcança o Secrets Manager da rede em que está: runbook 2.3 (o porquê: {log})"
        )  # fmt: skip
    step, code = answer["etapa"], answer["codigo"]
    if answer["ok"]:
        return Finding("✓", what, "a tabela transacoes é lida como os jobs a leem")
    if answer.get("indice_desatualizado"):  # by the same code as one that nobody has made yet
        return Finding(
            "✗", what, "um índice da tabela transacoes é de uma ordem de textos que o banco já não tem, e o"
            f' próximo dia falha com {code}: runbook 2.3, passo 2, "Índice em outra ordem" (o porquê: {log})'
        )  # fmt: skip
    if step == "auth" and answer["engine"] is None:
        return Finding(
            "✗" if settings.creates_database else "·",  # a person puts an imported database's
            what,
            f"o segredo {settings.named(SECRET)} não tem valor, não pode ser lido, ou falta nele um campo:"
            f" {_NEXT_STEP} (o porquê: {log})",
        )
    user = settings.database_user if settings.creates_database else "o usuário do segredo"
    missing = {
        ("auth", "RDS_AUTH"): f"o banco recusa {user}, que ainda não existe ou tem outra"
        f" senha que a de {settings.named(SECRET)}",
        ("select", "RDS_AUTH"): f"{user} existe, e ainda não pode ler transacoes",
        ("select", "E_BASE_SCHEMA"): "a tabela transacoes ainda não existe, ou não tem a forma do contrato",
        ("select", "E_BASE_NO_UNIQUE_INDEX"): "a tabela transacoes ainda não tem um índice único em ordem_id"
        " que sirva de prova",
    }
    if (step, code) in missing:
        return Finding("·", what, f"{missing[step, code]}: {_NEXT_STEP} (o porquê: {log})")
    return Finding("✗", what, f"a conexão para na etapa {step} com {code}: runbook 2.3 (o porquê: {log})")


def posted(settings: Settings, deployed: str, standing: str) -> Finding:
    """The page that was deployed, and that from which the console's was made; "" where there is none."""
    what, where = "Runbook", layout.runbook_pages(settings.bucket("output"))
    if not standing:
        return Finding("·", what, f"ainda não está em {where}; o vigia o põe em até cinco minutos")
    if standing != deployed:
        return Finding("·", what, f"{where} é de outra implantação; o vigia põe a desta em até cinco minutos")
    return Finding("✓", what, f"os alertas o abrem no console, de {where}")


def files(settings: Settings, uploads: Sequence[str], published: Sequence[str]) -> Finding:
    """Keys of the ingress bucket, and the days that are published."""
    what, ingress = "Arquivos", settings.bucket("ingress")
    if published:
        return Finding("✓", what, f"publicado por último: {max(published)}")
    if any(map(layout.day_of_upload, uploads)):
        return Finding(
            "·", what, f"há um arquivo em s3://{ingress} e nenhum dia publicado: a execução está em curso, ou"
            " o alerta dela diz por que parou (runbook 2.1)"
        )  # fmt: skip
    owed = (
        "; um que falte é cobrado a partir do dia útil seguinte ao do primeiro"
        if settings.expected_by
        else ""
    )
    return Finding("·", what, f"nenhum chegou ainda a s3://{ingress}/AAAA-MM-DD/NOME.csv{owed}")


def ringing(alarms: Sequence[str]) -> Finding:
    """Names of the alarms that are on."""
    if alarms:
        return Finding("✗", "Alarmes", f"{_listed(alarms)}: a descrição de cada um diz o que fazer")
    return Finding("✓", "Alarmes", "nenhum")


def python(today: date) -> Finding:
    """Whether Lambda still takes the functions' Python, and goes on to."""
    what, days = "Python das funções", f"{runtime.DEPRECATED}, {runtime.NONE_MADE} e {runtime.NONE_CHANGED}"
    if today < runtime.TOLD_FROM:
        return Finding("✓", what, f"{runtime.NAME}, que a AWS mantém até {runtime.DEPRECATED}")
    mark: Mark = "✗" if today >= runtime.NONE_MADE else "·"
    return Finding(
        mark, what, f"em {days} a AWS deixa de corrigir {runtime.NAME}, de criar e de atualizar funções com"
        " ele: Engenharia passa as funções a outro (docs/changing.md, 11)"
    )  # fmt: skip


def _addresses(pairs: Sequence[tuple[str, str]]) -> str:
    return _listed(list(dict.fromkeys(address for _, address in pairs)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _is_ours(settings: Settings, actions: Sequence[str]) -> bool:
    """Whether an alarm tells one of the deployment's topics."""
    return any(arn.rpartition(":")[2] in map(settings.named, (TOPIC, ALARMS)) for arn in actions)


def _topic(name: str, region: str, ask: Ask) -> str:
    """Its ARN. Raises AccountError where the account has none: nothing is deployed."""
    for item in ask("sns", "list-topics")["Topics"]:
        if item["TopicArn"].endswith(f":{name}"):
            return str(item["TopicArn"])
    raise AccountError(f"Não há o tópico {name} em {region}: implante antes (make deploy).")


def _stored(ask: Ask, secret: str) -> str | None:
    """A secret's text: "" where it holds bytes, None where it was never given a value."""
    named = ("--secret-id", secret)
    if not ask("secretsmanager", "describe-secret", *named).get("VersionIdsToStages"):
        return None
    return str(ask("secretsmanager", "get-secret-value", *named).get("SecretString", ""))


def _connection(settings: Settings, ask: Ask) -> dict[str, Any] | None:
    """The command line writes a function's answer to a file. None where Lambda says that it is not ready."""
    with TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        named = ("--function-name", settings.named(CONNECTION_CHECK))
        try:
            ask("lambda", "invoke", *named, str(answer))
        except AccountError as exc:
            if not any(word in str(exc) for word in _ASLEEP):
                raise
            return None
        return parse_object(answer.read_bytes())


def _runbook(settings: Settings, ask: Ask) -> tuple[str, str]:
    watchdog = ("--function-name", settings.named(WATCHDOG))
    known = ask("lambda", "get-function-configuration", *watchdog)["Environment"]["Variables"]
    last = layout.runbook_page(settings.bucket("output"), runbook.names()[-1])
    if last.key not in _keys(ask, last.bucket, last.key):
        return known["RUNBOOK"], ""
    stands = ask("s3api", "head-object", "--bucket", last.bucket, "--key", last.key)
    return known["RUNBOOK"], stands["Metadata"].get(runbook.SOURCE, "")


def _keys(ask: Ask, bucket: str, prefix: str = "") -> list[str]:
    listed = ask(
        "s3api", "list-objects-v2", "--bucket", bucket, "--prefix", prefix,
        "--query", "{Keys: Contents[].Key}",
    )  # fmt: skip
    return listed["Keys"] or []


def _published(settings: Settings, ask: Ask) -> list[str]:
    history = layout.history(settings.bucket("output"))
    return [layout.day_of_summary(key) for key in _keys(ask, *history)]


def told(settings: Settings, *words: str) -> Any:
    """Raises AccountError with AWS's own words where the account does not answer."""
    answer = account.ask(settings.region, *words, "--output", "json")
    if answer.returncode:
        raise AccountError(f"aws {' '.join(words[:2])}: {answer.stderr.strip()}")
    return parse_object(answer.stdout or "{}")


def main(given: Sequence[str]) -> int:
    """`given` are settings, `name=value`."""
    settings = Settings.from_context(context_from(ROOT, pairs(given)))
    require_region(settings.region, os.environ)
    found = look(settings, partial(told, settings))
    for finding in found:
        sys.stdout.write(f"{finding.mark} {finding.what}: {finding.said}\n")
    return int(any(finding.mark == "✗" for finding in found))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (AccountError, SettingsError) as exc:
        sys.exit(str(exc))
