"""Whose line a refused one is: known by its first field alone, whatever the rest of it is."""

import pytest

from reconciliation.line import Fault, parse_line


@pytest.mark.parametrize(
    ("line", "supplier"),
    [
        ('F2;G1;a;b;2026-02-16;="1.00"', "F2"),
        ('F2;G2;"a" b;b;2026-02-16;2', "F2"),
        (' "F2" ;G2;a;b;2026-02-16;2', None),
        ("F4;C1;a;b;2026-02-16;4;", "F4"),
        ('"F;""4""";C1;a;b;2026-02-16;4;5', 'F;"4"'),
        ("F4;C1;a;b;2026-02-30;4", "F4"),
        ('="F4";C1;a;b;2026-02-16;4', None),
        ('"F4;C1;a;b;2026-02-16;4', None),
        (" ;C1;a;b;2026-02-16;4", None),
        ("TOTAL;1;2;3;4", None),
        ("Ana Maria,C1,a,b", None),
    ],
)
def test_a_refused_line_is_its_suppliers_where_the_first_field_is_sound(
    line: str, supplier: str | None
) -> None:
    with pytest.raises(Fault) as refused:
        parse_line(line, ".")
    assert refused.value.fornecedor_id == supplier


@pytest.mark.parametrize(("text", "words"), [("F1", "tem 1 campo;"), ("F1;O1", "tem 2 campos;")])
def test_how_many_fields_a_line_has(text: str, words: str) -> None:
    with pytest.raises(Fault, match=words):
        parse_line(text, ".")
