"""No right too many: each is needed by a request that somebody was seen to make, or has its reason.

A new one: run a test on a stack that needs it with `--basetemp FOLDER`, then `python -m tests.rights FOLDER`.
One that nothing here can ask for gets a line in tests/rights/reasons.py.
"""

from tests.infra.template import Template
from tests.rights import kept, reasons
from tests.rights.granted import Right, granted, is_allowed, needing


def test_every_right_is_needed_or_has_its_reason(template: Template) -> None:
    grants = granted(template)
    needed = needing(grants, (use.request for use in kept.read()))
    assert [right for right in grants if right not in needed and not reasons.of(right)] == []


def test_every_reason_is_of_a_right_that_nothing_needs(template: Template) -> None:
    used = {use.right for use in kept.read()}
    spare = {reasons.line_of(right) for right in granted(template) if right not in used}
    assert [line for line in reasons.REASONS if line not in spare] == []


def test_what_was_seen_is_granted(template: Template) -> None:
    """One that is not was taken away, or moved: `python -m tests.rights` without a folder sees all anew."""
    grants = granted(template)
    assert [use for use in kept.read() if not is_allowed(_of(grants, use.request), use.request)] == []


def _of(grants: list[Right], request: Right) -> list[Right]:
    return [grant for grant in grants if (grant.role, grant.action) == (request.role, request.action)]


A, B, BOTH = (Right("role", "s3:GetObject", f"arn:aws:s3:::{key}") for key in ("b/a/*", "b/b/*", "b/*"))
OBJECT = Right("role", "s3:GetObject", "arn:aws:s3:::b/a/1")


def test_a_right_is_needed_by_what_fails_without_it() -> None:
    assert needing([A, B], [OBJECT]) == {A: OBJECT}
    assert needing([A, BOTH], [OBJECT]) == {}, "either would do"
    assert needing([A, A], [OBJECT]) == {}, "granted twice"
    assert needing([A], [OBJECT._replace(role="other"), OBJECT._replace(action="s3:PutObject")]) == {}
