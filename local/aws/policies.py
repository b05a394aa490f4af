"""IAM's policies: is a request allowed, and why not? Pure; docs/adr/0012 tells why it is our own.

Each rule names its page of the IAM User Guide.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Context = Mapping[str, str | Sequence[str]]
"""Values of condition keys, whose names are in lower case: IAM does not tell their cases apart."""


Policy = str | bytes
"""Its JSON, as it is kept."""


@dataclass(frozen=True)
class Principal:
    """Who asks: a session or user of `account` by its own ARN and its role's, or a service by its name."""

    arns: tuple[str, ...] = ()
    account: str = ""
    service: str = ""


@dataclass(frozen=True)
class Request:
    """One action on one resource, as IAM sees it."""

    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """One statement, its patterns ready to be matched. A pattern with a variable is read at each request."""

    effect: str
    actions: "Patterns"
    resources: "Patterns"
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    principals: Any
    not_principals: Any


def judged(
    request: Request,
    identity: Iterable[Policy],
    resource: Iterable[Policy],
    *,
    resource_decides: bool = False,
    endpoint: Iterable[Policy] = (),
) -> str | None:
    """None where it is allowed, else the end of AWS's sentence. Policies are JSON; one account.

    A deny wins, then either side may allow (reference_policies_evaluation-logic.html). A resource's policy
    that names the account leaves it to the identity's; keys and roles demand that (`resource_decides`:
    kms/latest/developerguide/key-policy-default.html). The policy of the VPC endpoint that it came by must
    allow it too (vpc/latest/privatelink/vpc-endpoints-access.html).
    """
    by_identity = {one.effect for one in _applying(request, identity)}
    applying = list(_applying(request, resource))
    by_resource = {one.effect for one in applying if _names(one, request.principal, _is_itself)}
    by_account = {one.effect for one in applying if _names(one, request.principal, _is_account)}
    for kind, effects in (("an identity", by_identity), ("a resource", by_resource | by_account)):
        if "Deny" in effects:
            return f"with an explicit deny in {kind}-based policy"
    for policy in endpoint:
        applying = list(_applying(request, [policy]))
        passing = {one.effect for one in applying if _names(one, request.principal, _is_meant)}
        if "Deny" in passing:
            return "with an explicit deny in a VPC endpoint policy"
        if "Allow" not in passing:
            return f"because no VPC endpoint policy allows the {request.action} action"
    if "Allow" in by_resource or ("Allow" in by_identity and ("Allow" in by_account or not resource_decides)):
        return None
    kind = "resource" if resource_decides and "Allow" in by_identity else "identity"
    return f"because no {kind}-based policy allows the {request.action} action"


def _applying(request: Request, policies: Iterable[Policy]) -> Iterable[Statement]:
    for one in _about(tuple(policies), request.action):
        is_covered = one.resources.cover(request.resource, request.context)
        if is_covered and all(_holds(*condition, request.context) for condition in one.conditions):
            yield one


@lru_cache(maxsize=4096)
def _about(policies: tuple[Policy, ...], action: str) -> tuple[Statement, ...]:
    """The statements on the action, read once for each text: a policy that was changed is another text."""
    statements = (item for policy in policies for item in _as_list(json.loads(policy)["Statement"]))
    return tuple(one for one in map(_statement, statements) if one.actions.cover(action.lower(), {}))


def _statement(item: Mapping[str, Any]) -> Statement:
    conditions = [
        (operator, key.lower(), tuple(_text(value) for value in _as_list(wanted)))
        for operator, keys in item.get("Condition", {}).items()
        for key, wanted in keys.items()
    ]
    return Statement(
        item["Effect"],
        Patterns.of(item, "Action", str.lower),
        Patterns.of(item, "Resource", str),
        tuple(conditions),
        item.get("Principal"),
        item.get("NotPrincipal"),
    )


# --- patterns (reference_policies_elements_resource.html, …_notaction.html, …_notresource.html)


@dataclass(frozen=True)
class Patterns:
    """Of `Action`, `NotAction`, `Resource` or `NotResource`; a trust policy's statement has no resource."""

    fixed: re.Pattern[str] | None
    variable: tuple[str, ...]
    is_negated: bool

    @classmethod
    def of(cls, item: Mapping[str, Any], name: str, fold: Callable[[str], str]) -> "Patterns":
        is_negated = f"Not{name}" in item
        texts = [fold(text) for text in _as_list(item.get(f"Not{name}" if is_negated else name, "*"))]
        fixed = [_regular(text) for text in texts if "${" not in text]
        compiled = re.compile("|".join(fixed), re.DOTALL) if fixed else None
        return cls(compiled, tuple(text for text in texts if "${" in text), is_negated)

    def cover(self, value: str, context: Context) -> bool:
        texts = [_expanded(text, context) for text in self.variable]
        if self.is_negated and any(_NOTHING in text for text in texts):
            return False  # as of a resource with such a variable: it speaks of nothing
        is_fixed = bool(self.fixed and self.fixed.fullmatch(value))
        return (is_fixed or any(like(text, value) for text in texts)) != self.is_negated


_STAR, _MARK, _NOTHING = "\ue000\ue001\ue002"
"""A literal star and question mark, `${*}` and `${?}`, and a variable without value: no name has these."""


def _regular(pattern: str) -> str:
    parts = {"*": ".*", "?": ".", _STAR: r"\*", _MARK: r"\?"}
    return "".join(parts.get(one, re.escape(one)) for one in pattern)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_regular(pattern), re.DOTALL)


def like(pattern: str, value: str) -> bool:
    return bool(_compiled(pattern).fullmatch(value))


def _expanded(text: str, context: Context) -> str:
    """One without value and default matches nothing (reference_policies_variables.html)."""

    def value(found: re.Match[str]) -> str:
        name, _, default = (part.strip() for part in found[1].partition(","))
        given = {"*": "*", "?": "?", "$": "$"}.get(name, context.get(name.lower()))
        text = given if isinstance(given, str) else default.strip("'") or _NOTHING
        return text.replace("*", _STAR).replace("?", _MARK)

    return re.sub(r"\$\{([^}]*)\}", value, text)


# --- who (reference_policies_elements_principal.html, …_notprincipal.html)


def _names(statement: Statement, principal: Principal, is_named: Callable[[Any, Principal], bool]) -> bool:
    if statement.not_principals is not None:
        listed = statement.not_principals
        return not _is_itself(listed, principal) and not _is_account(listed, principal)
    return is_named(statement.principals or {}, principal)


def _is_itself(listed: Any, principal: Principal) -> bool:
    """By its own name, or as everybody is."""
    if listed == "*" or "*" in _as_list(listed.get("AWS", [])):
        return True
    if principal.service:
        return principal.service in _as_list(listed.get("Service", []))
    return any(item in principal.arns for item in _as_list(listed.get("AWS", [])))


def _is_account(listed: Any, principal: Principal) -> bool:
    """By the account, in either spelling."""
    spellings = {principal.account, f"arn:aws:iam::{principal.account}:root"} if principal.account else set()
    return listed != "*" and bool(spellings & set(_as_list(listed.get("AWS", []))))


def _is_meant(listed: Any, principal: Principal) -> bool:
    return _is_itself(listed, principal) or _is_account(listed, principal)


# --- when (reference_policies_elements_condition_operators.html)


def _holds(operator: str, key: str, wanted: Sequence[str], context: Context) -> bool:
    """Values are alternatives, and none of them may match a negated operator
    (reference_policies_condition-logic-multiple-context-keys-or-values.html).
    """
    quantifier, _, name = operator.rpartition(":")
    is_optional, is_negated = name.endswith("IfExists"), "Not" in name
    given = context.get(key)
    if name == "Null":
        return (given is None) == (wanted[0].lower() == "true")
    if given is None:
        return is_optional or quantifier == "ForAllValues" or (is_negated and not quantifier)
    compare = _COMPARE[name.removesuffix("IfExists").replace("Not", "")]
    values = [_expanded(item, context) for item in wanted]
    results = [any(compare(value, one) for value in values) != is_negated for one in _as_list(given)]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts for itself."""
    wanted, given = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) and all(map(like, wanted, given))


def _moment(text: str) -> datetime:
    if re.fullmatch(r"\d+", text):
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _ordered(kind: str, read: Callable[[str], Any]) -> dict[str, Callable[[str, str], bool]]:
    return {
        f"{kind}Equals": lambda wanted, given: read(given) == read(wanted),
        f"{kind}LessThan": lambda wanted, given: read(given) < read(wanted),
        f"{kind}LessThanEquals": lambda wanted, given: read(given) <= read(wanted),
        f"{kind}GreaterThan": lambda wanted, given: read(given) > read(wanted),
        f"{kind}GreaterThanEquals": lambda wanted, given: read(given) >= read(wanted),
    }


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, given: _plain(wanted) == given,
    "StringEqualsIgnoreCase": lambda wanted, given: _plain(wanted).lower() == given.lower(),
    "StringLike": like,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
    "BinaryEquals": lambda wanted, given: wanted == given,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "IpAddress": lambda wanted, given: ipaddress.ip_address(given) in ipaddress.ip_network(wanted),
    **_ordered("Numeric", float),
    **_ordered("Date", _moment),
}


def _plain(text: str) -> str:
    return text.replace(_STAR, "*").replace(_MARK, "?")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
