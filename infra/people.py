"""Which e-mails are sent to whom (runbook 3.1 and 3.2); without the CDK, which takes seconds to start."""

from infra.settings import Settings


def told_severities(settings: Settings) -> dict[str, list[str]]:
    """The severities that each operators' address is told of; none: everything.

    One address may have several roles, and SNS keeps one subscription of it.
    """
    roles = [
        (settings.email_operations, []),
        (settings.email_engineering, ["CRITICAL", "HIGH"]),
        (settings.email_product_owner, ["CRITICAL"]),
    ]
    people: dict[str, list[str]] = {}
    for address, wanted in roles:
        told = people.setdefault(address, wanted)
        people[address] = list(dict.fromkeys([*told, *wanted])) if told and wanted else []
    return people
