"""The page as bytes: what it says, that data stay text in it, its policy, its size, its colours."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from decimal import Decimal
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings

from reconciliation.kernels.report import Replaced, ReportInputs, figures
from reconciliation.report.page import index, page
from reconciliation.wording import percent
from tests.depth import at_depth
from tests.report.days import (
    CAUSE,
    HOSTILE,
    Divergence,
    divergence,
    divergences,
    inputs,
    refused_lines,
    summary_of,
)
from tests.report.elements import Elements
from tests.report.generated import many

MIB = 1_000_000


def made(day: ReportInputs) -> str:
    return page(figures(day)).decode()


def rows_of(html: str) -> list[list[Any]]:
    return json.loads(re.findall(r'<script type="application/json" id="dados">(.*?)</script>', html)[0])[
        "linhas"
    ]


HARMLESS = made(inputs([divergence("TIPO_1", "ORD-1")]))


@pytest.mark.deep
@settings(max_examples=at_depth(50))
@given(rows=divergences(), refused=refused_lines)
def test_data_are_text_wherever_they_stand(rows: list[Divergence], refused: list[dict[str, Any]]) -> None:
    """No element, attribute or script comes from the data, and the table's data are what they were."""
    html = made(inputs(rows, refused, rows[1:]))
    elements = Elements(html)
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert scripts == [*([{"type": "application/json", "id": "dados"}, {}] if rows else []), {}]
    written = {(tag, name) for tag, attributes in elements.found for name in attributes}
    assert not {name for _, name in written if name.startswith("on") or name in ("src", "style")}
    links = {attributes["href"] for tag, attributes in elements.found if tag == "a"}
    assert all(re.fullmatch(r"#[a-z-]+|[\w./~%-]+", str(link)) for link in links), links
    if rows:
        shown = {row[1] for row in rows_of(html)}
        assert len(shown) <= len(rows)
        assert all(text.isprintable() and len(text) <= 2_000 for text in shown)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_each_awkward_name_is_shown(text: str) -> None:
    row = divergence(
        "TIPO_3", text, campos_divergentes="nome", nome_csv=text, nome_base="Ana", fornecedor_id=text
    )
    html = made(inputs([row]))
    shown = text if text.isprintable() else "".join(c if c.isprintable() else f"⟨{ord(c):04X}⟩" for c in text)
    shown = shown if len(shown) <= 120 else f"{shown[:120]}…"
    assert rows_of(html) == [["3", shown, shown, None, None, None, "0,00", [["nome", shown, "Ana"]]]]
    assert Elements(html).texts["bdi"].count(shown) == 4  # order, supplier twice, name


def test_the_same_day_has_the_same_bytes() -> None:
    def made_again() -> bytes:
        rows = [divergence("TIPO_1", f"ORD-{n}", fornecedor_id=f"F{n % 7}") for n in range(200)]
        return page(figures(inputs(rows, before=rows[:100], days=30, causes=(CAUSE,))))

    assert made_again() == made_again()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "1.002 linhas conferidas; nenhuma divergência; os totais fecham."),
        ([divergence("TIPO_2", "A")], "1.002 linhas conferidas; 1 divergência, R$ 0,00 ; os totais fecham."),
    ],
)
def test_the_headline(rows: list[Divergence], sentence: str) -> None:
    text = re.sub(
        r"<[^>]+>", " ", re.findall(r'<p class="manchete">(.*?)</p>', made(inputs(rows)), re.DOTALL)[0]
    )
    assert " ".join(text.split()).replace(" ;", ";") == sentence.replace(" ;", ";")


def test_a_day_that_does_not_balance_says_so() -> None:
    rows = [divergence("TIPO_2", "A")]
    totals = summary_of(rows).totals
    html = made(inputs(rows, totals=replace(totals, lines=replace(totals.lines, valid_keys=1))))
    assert "os totais NÃO fecham" in html
    assert html.count("✗ NÃO FECHA") == 2


LIMIT = {"abnormal_rate_percent": 10.0}


@pytest.mark.parametrize(
    ("rate", "days", "rules", "told"),
    [
        (12.5, 7, LIMIT, "anormal"),
        (10.5, 30, LIMIT, "anormal"),
        (9.5, 7, LIMIT, "dentro do usual"),
        (9.9, 2, LIMIT, "dentro do limite"),
        (12.5, 0, LIMIT, "anormal"),
        (9.9, 7, LIMIT, "anormal"),
        (12.5, 7, {}, None),
    ],
)
def test_the_rate_is_judged_by_the_limit_of_its_run(
    rate: float, days: int, rules: dict[str, object], told: str | None
) -> None:
    """And against the days that the alert compares with: twice their mean is abnormal below it, too."""
    html = made(inputs([divergence("TIPO_2", "A")], days=days, divergence_rate_percent=rate, rules=rules))
    (tile,) = re.findall(r"<div[^>]*><dt>Taxa</dt>.*?</div>", html, re.DOTALL)
    words = [word for word in ("anormal", "dentro do usual", "dentro do limite") if word in tile]
    assert words == ([told] if told else [])
    why = re.findall(r"<strong>Anormal:</strong> (.*?)</p>", html)
    assert bool(why) == ("anormal" in words)
    if rules == LIMIT and rate > 10:
        assert "acima do limite de 10,00%" in why[0]


def test_the_mean_that_is_shown_is_the_one_that_it_is_judged_by() -> None:
    """Seven days, though the chart has thirty."""
    day = inputs([divergence("TIPO_2", "A")], days=30, divergence_rate_percent=9.9, rules=LIMIT)
    week = percent(fmean(before.rate_percent for before in day.history[:7]))
    html = made(day)
    (tile,) = re.findall(r"<div[^>]*><dt>Taxa</dt>.*?</div>", html, re.DOTALL)
    assert f"média de 7 dias: {week}" in tile.replace("\xa0", " ")
    assert f"média dos últimos dias, até 7: {week}" in html.replace("\xa0", " ")
    assert f"mais que o dobro da média ({week})" in html.replace("\xa0", " ")


def test_a_change_that_cannot_be_told_is_said_to_be() -> None:
    day = inputs([divergence("TIPO_2", "A")])
    html = made(replace(day, replaced=Replaced(divergences=None)))
    assert "não se pode dizer o que mudou" in html
    assert '<a href="#reprocessamento">' in html
    assert 'id="reprocessamento"' not in made(day)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"causes": ()}, "Sem causa aparente"),
        ({"causes": None}, "não pôde ser calculada"),
        ({"causes": (), "warnings": {"CAUSES_UNKNOWN": 1}}, "não pôde ser calculada"),
        ({"causes": (CAUSE,)}, CAUSE.sentence),
    ],
)
def test_the_causes_stand_first(values: dict[str, Any], sentence: str) -> None:
    html = made(inputs([divergence("TIPO_1", "A")], **values))
    first = html[html.index("<section") :].split("</section>")[0]
    assert sentence in first


def test_an_amount_in_a_cause_stands_on_one_line() -> None:
    cause = replace(CAUSE, evidence="Em 5,00% dos valores: R$ 1.234,56. <b>")
    html = made(inputs([divergence("TIPO_1", "A")], causes=(cause,)))
    assert "<bdi>Em 5,00% dos valores: R$\u00a01.234,56. &lt;b&gt;</bdi>" in html


def test_it_runs_its_own_style_and_script_and_nothing_else() -> None:
    for html in (HARMLESS, index([]).decode()):
        policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)[0].replace("&#39;", "'")
        allowed = dict(part.split(" ", 1) for part in policy.split("; "))
        inline = {"style-src": re.findall(r"<style>(.*?)</style>", html, re.DOTALL),
                  "script-src": re.findall(r"<script>(.*?)</script>", html, re.DOTALL)}  # fmt: skip
        for kind, texts in inline.items():
            digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts}
            assert set(allowed[kind].split(" ")) == {f"'sha256-{digest}'" for digest in digests}
        assert allowed["default-src"] == "'none'"
        led_to = "https://${region}.console.aws.amazon.com"  # where people go, not what is loaded
        loaded = html.replace("http-equiv", "").replace(led_to, "")
        assert not re.search(r"https?:|@import|url\(|//[a-z]", loaded)


def test_fifty_thousand_divergences_are_under_5_mb() -> None:
    assert len(page(figures(many(50_000)))) < 5 * MIB


def test_the_longest_texts_are_under_5_mb_too() -> None:
    """Fewer rows then, and the page says how many."""
    html = made(many(12_000, text="\uffff𝄞" * 100))
    assert len(html.encode()) < 5 * MIB
    assert f"As {len(rows_of(html)):,} de maior valor, das 12.000 do dia".replace(",", ".", 1) in html


def test_what_a_reprocessing_changed_adds_up_as_it_is_read() -> None:
    def order(key: str, reais: int) -> Divergence:
        return divergence("TIPO_1", key, valor_csv=Decimal(reais))

    html = made(inputs([order("A", 5), order("C", -2)], before=[order("A", 1), order("B", 10)]))
    section = html[html.index('id="reprocessamento"') :].split("</table>")[0]
    assert re.findall(r'"row">(\w+)</th>|"(?:Quantidade|Bruto|Líquido)">([^<]*)<', section) == [
        ("Antes", ""), ("", "2"), ("", "11,00"), ("", "11,00"),
        ("Saíram", ""), ("", "1"), ("", "10,00"), ("", "10,00"),
        ("Entraram", ""), ("", "1"), ("", "2,00"), ("", "-2,00"),
        ("Mudaram", ""), ("", "1"), ("", "1,00 → 5,00"), ("", "1,00 → 5,00"),
        ("Agora", ""), ("", "2"), ("", "7,00"), ("", "3,00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("supplier", "code", "is_linked"),
    [(None, "E_COLS", True), ("F1", "E_COLS", False), (None, "E_BLANK", False)],
)
def test_lines_of_no_supplier_are_linked(supplier: str | None, code: str, *, is_linked: bool) -> None:
    """Not so the blank ones, of which nobody is written to."""
    line = {
        "linha": 2, "codigo": code, "detalhe": "", "ordem_id": None, "fornecedor_id": supplier,
    }  # fmt: skip
    hrefs = re.findall(r'href="(fornecedores/[^"]*)"', made(inputs([], [line])))
    linked = ["fornecedores/_sem-fornecedor/mensagem.txt", "fornecedores/_sem-fornecedor/divergencias.csv"]
    assert hrefs == (linked if is_linked else [])


def test_an_amount_of_null_in_the_base_is_not_an_order_that_the_base_lacks() -> None:
    def of_base(kind: str, **values: Any) -> str:
        html = made(inputs([divergence(kind, "A", valor_csv=Decimal(1), **values)]))
        return re.findall(r'data-nome="Na base">(.*?)</td>', html)[0]

    assert of_base("TIPO_3", campos_divergentes="valor") == '<i class="vazio">vazio</i>'
    assert of_base("TIPO_1") == ""


def test_links_say_of_whom_and_the_search_says_what_it_searches() -> None:
    html = made(inputs([divergence("TIPO_1", "A", fornecedor_id='F"1')]))
    labels = [of.get("aria-label") for tag, of in Elements(html).found if tag == "a" and "aria-label" in of]
    assert labels == ['mensagem para F"1', 'linhas de F"1']
    assert 'placeholder="ordem, fornecedor, valor, o que difere"' in html
    assert "recusad" not in html


# --- colours (WCAG 2.2, 1.4.3 and 1.4.11)

STYLE = re.findall(r"<style>(.*?)</style>", HARMLESS, re.DOTALL)[0]
TEXT_ON = [
    *(
        (text, ground)
        for text in ("tinta", "suave", "marca", "certo", "errado")
        for ground in ("papel", "folha")
    ),
    *(("no-tipo", f"tipo-{kind}") for kind in (1, 2, 3)),
]
DRAWN_ON = [(f"tipo-{kind}", "folha") for kind in (1, 2, 3)] + [
    ("marca", "fundo"),
    ("media", "folha"),
    ("suave", "folha"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def over(colour: str, ground: str, share: float) -> str:
    """What is seen of a colour that lets some of its ground through."""
    pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(share * ink + (1 - share) * paper):02x}" for ink, paper in pairs)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["light", "dark", "print"])
def test_what_is_read_stands_out(place: int) -> None:
    colours = dict(
        re.findall(r"--([\w-]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[place])
    )
    weak = {pair: ratio for pair in TEXT_ON if (ratio := contrast(*(colours[name] for name in pair))) < 4.5}
    weak |= {pair: ratio for pair in DRAWN_ON if (ratio := contrast(*(colours[name] for name in pair))) < 3}
    assert weak == {}
    share = float(re.findall(r"\.dia:not\(\.hoje\).*opacity: ([\d.]+)", STYLE)[0])
    pale = [over(colours[f"tipo-{kind}"], colours["folha"], share) for kind in (1, 2, 3)]
    assert min(contrast(colour, colours["folha"]) for colour in pale) >= 3, "the days before"
