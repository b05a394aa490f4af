"""What looks the same is named, what can be seen is not: whatever is put in, composed or made a space."""

import re
import sys
import unicodedata

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciliation import appearance
from reconciliation.appearance import look_alike
from reconciliation.kernels import invisible
from tests.looks import look_the_same

LETTERS = "abcXYZ019.,-_/&'éçãÅÑüßøжДאبदि日本한글😀e\u0301o\u0302\u0323"
SPACES = " \u00a0\u1680\u2002\u2009\u200a\u202f\u205f\u3000\u2800\t\n\u0085\u2028"
UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufe0f\ufeff"
    "\U000e0020\U000e0100\x01\x7f"
)
FILLERS = "\u115f\u1160\u3164\uffa0"
CODES = (*range(0xD800), *range(0xE000, sys.maxunicode + 1))
NUMBER_SIGNS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
SIGHT = "aZ7#éжאø日😀\u0308ﬁ１"

texts = st.text(alphabet=LETTERS + "   ", max_size=12)
forms = st.sampled_from(["NFC", "NFD"])


@st.composite
def disguised(draw: st.DrawFn, text: str) -> str:
    """The text with whatever nobody sees: other spaces, marks between the letters, another composition."""
    letters = [draw(st.sampled_from(SPACES)) if letter == " " else letter for letter in text]
    for unseen in draw(st.lists(st.sampled_from(UNSEEN), max_size=4)):
        letters.insert(draw(st.integers(0, len(letters))), unseen)
    ends = st.text(alphabet=SPACES + UNSEEN, max_size=2)
    whole = draw(ends) + "".join(letters) + draw(ends)
    return unicodedata.normalize(draw(forms), whole)


@given(data=st.data(), text=texts)
def test_whatever_nobody_sees_is_named(data: st.DataObject, text: str) -> None:
    one, other = data.draw(disguised(text)), data.draw(disguised(text))
    assert look_alike(one, other)
    assert one == other or look_the_same(one, other)


@given(data=st.data(), text=texts, seen=st.sampled_from(SIGHT))
def test_whatever_is_seen_is_not(data: st.DataObject, text: str, seen: str) -> None:
    """One letter more, among all that nobody sees."""
    at = data.draw(st.integers(0, len(text)))
    one, other = data.draw(disguised(text)), data.draw(disguised(text[:at] + seen + text[at:]))
    assert not look_alike(one, other)


@given(one=texts, other=texts)
def test_two_texts_look_alike_where_they_are_one_text_decomposed(one: str, other: str) -> None:
    shown, other_shown = (unicodedata.normalize("NFD", text.strip(" ")) for text in (one, other))
    assert look_alike(one, other) == (shown == other_shown)


@given(data=st.data(), text=texts)
def test_a_space_more_or_less_between_letters_is_seen(data: st.DataObject, text: str) -> None:
    text = text.strip(" ")
    assume(len(text) > 1)
    at = data.draw(st.integers(1, len(text) - 1))
    assume(not unicodedata.combining(text[at]))
    one, other = data.draw(disguised(text)), data.draw(disguised(f"{text[:at]} {text[at:]}"))
    assert not look_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a\u2011b", "a\u2010b", True),  # a hyphen that only forbids the line's end
        ("a\u2010b", "a-b", False),
        ("\u212bngstrom", "\u00c5ngstrom", True),
        ("\u1100\u1161", "\uac00", True),  # a Hangul syllable by its letters
        ("a\r\nb", "a b", True),
        ("", "\u200b", True),
        ("Ana", "An\u0430", False),  # Cyrillic
        ("\ufb01", "fi", False),
        ("\uff11", "1", False),
        ("I", "l", False),
        ("Ana", "ana", False),
        ("a\u0301\u0323", "a\u0323\u0301", True),  # the same two marks
        ("a\u0301\u0300", "a\u0300\u0301", False),  # one above the other
    ],
)
def test_examples(one: str, other: str, *, alike: bool) -> None:
    assert look_alike(one, other) is look_alike(other, one) is alike


@pytest.mark.parametrize("filler", FILLERS)
def test_a_filler_may_be_seen_as_nothing_or_as_a_space(filler: str) -> None:
    assert look_alike(f"a{filler}b", "ab")
    assert look_alike(f"a{filler}b", "a b")
    assert not look_alike(f"a{filler}b", "a  b")


def by_the_standard_alone(c: str) -> bool:
    """Where Unicode's own properties say otherwise than the categories, by which the oracle goes."""
    is_seen = c in NUMBER_SIGNS
    arranges = "\U00013430" <= c <= "\U0001345f"  # hieroglyphs
    return is_seen or arranges or c in FILLERS or "\x1c" <= c <= "\x1f"


@pytest.mark.parametrize(
    ("prop", "pattern", "besides"),
    [
        ("White_Space", appearance._A_SPACE, {"\u2800"}),
        (
            "Default_Ignorable_Code_Point",
            appearance._A_NOTHING,
            {c for c in map(chr, range(256)) if unicodedata.category(c) == "Cc" and not c.isspace()}
            | {*"\x1c\x1d\x1e\x1f", *"\ufff9\ufffa\ufffb"},
        ),
    ],
)
def test_the_ranges_are_the_standards(prop: str, pattern: re.Pattern[str], besides: set[str]) -> None:
    """By the tables of another library."""
    every = pl.Series([chr(code) for code in CODES])
    standard = set(every.filter(every.str.contains(rf"\p{{{prop}}}")))
    assert {c for c in every if pattern.fullmatch(c)} == standard | besides


def test_every_character_of_unicode_is_seen_or_not_as_the_oracle_says() -> None:
    other = []
    for code in CODES:
        c = chr(code)
        if c == " " or unicodedata.category(c) == "Cn" or by_the_standard_alone(c):
            continue
        for shown in ("ab", "a b"):
            if look_alike(f"a{c}b", shown) != look_the_same(f"a{c}b", shown):
                other.append(f"U+{code:04X} {shown!r}")
    assert other == []


# --- the column


NAMES = ("fornecedor_id", "nome", "ativo_id")


def published(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    """`rows` are the six texts: of each field the file's and the base's."""
    columns = [f"{name}_{side}" for name in NAMES for side in ("csv", "base")]
    return pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")


def shown(frame: pl.DataFrame) -> list[str]:
    return invisible.with_only_invisible(frame)["campos_so_invisiveis"].to_list()


def test_each_row_names_its_own_fields_in_the_contracts_order() -> None:
    rows = published(
        ("F1", "F1\u00a0", "Jos\u00e9", "Jose\u0301", "A\u200b", "A"),
        ("F1", "F2\u00a0", "Jos\u00e9", "Jose\u0301", "A", "B"),
        ("F1", None, "a\u00a0", None, "A", None),
        ("F1", "F1", "\u00e9", "\u00e9", "A", "A"),
        ("F1", "F2", "Ana", "Bia", "A", "A\x7f"),
    )
    assert shown(rows) == ["fornecedor_id,nome,ativo_id", "nome", "", "", "ativo_id"]
    assert shown(rows.clear()) == []
    assert shown(rows[2:4]) == ["", ""]


def test_no_pair_of_plain_texts_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day full of other names costs nothing."""

    def fail(*_: str) -> bool:
        raise AssertionError

    monkeypatch.setattr(invisible, "look_alike", fail)
    assert shown(published(("F1", "F2", "Ana Souza", "Ana  Souza ~", "A", "B"))) == [""]


@given(pairs=st.lists(st.tuples(texts, texts), max_size=8), hide=st.data())
def test_the_column_says_what_the_function_says(pairs: list[tuple[str, str]], hide: st.DataObject) -> None:
    """Of texts without blanks about them, as both sides hand them over."""
    pairs += [(one, hide.draw(disguised(one))) for one, _ in pairs]
    pairs = [(one.strip(" \t"), other.strip(" \t")) for one, other in pairs]
    rows = [("F", "F", one, other, "A", "A") for one, other in pairs]
    wanted = ["nome" * (one != other and look_alike(one, other)) for one, other in pairs]
    assert shown(published(*rows)) == wanted
