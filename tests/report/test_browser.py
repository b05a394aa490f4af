"""The report as a person uses it, in a real browser: one start for all of these."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from reconciliation.kernels.report import figures
from reconciliation.report.page import index, page
from tests.report.browser import Tab, browser
from tests.report.days import divergence, inputs
from tests.report.generated import days, seen

WIDTHS = {"phone": 360, "laptop": 1280, "wide": 1920}
ROWS = 50_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def chromium(folder: Path) -> Iterator[Tab]:
    """The page of 50,000 divergences is open in it."""
    (folder / "relatorio.html").write_bytes(page(figures(seen(ROWS))))
    with browser(folder) as tab:
        tab.resize(1280, 800)
        tab.open(folder / "relatorio.html")
        yield tab


@pytest.fixture
def report(chromium: Tab) -> Tab:
    """As it is once opened: nothing sought, sorted by the highest amounts."""
    chromium.resize(1280, 800)
    chromium.emulate()
    chromium.run("find = (id) => document.getElementById(id); find('filtros').reset()")
    chromium.run("new Promise((done) => setTimeout(done))")
    return chromium


def column(tab: Tab, number: int) -> list[str]:
    return tab.run(f"[...find('tabela').tBodies[0].rows].map((row) => row.cells[{number}].innerText)")


def choose(tab: Tab, control: str, value: str) -> None:
    tab.run(
        f"find('{control}').value = {value!r};"
        f" find('{control}').dispatchEvent(new Event('input', {{bubbles: true}}))"
    )


def press_header(tab: Tab, number: int) -> str:
    """Answers how the column is then sorted."""
    return tab.run(
        f"(() => {{ const header = find('tabela').tHead.rows[0].cells[{number}];"
        " header.querySelector('button').click(); return header.ariaSort })()"
    )


def amounts(texts: list[str]) -> list[int]:
    return [int(text.replace(".", "").replace(",", "")) for text in texts]


def test_it_is_usable_within_a_second(report: Tab, folder: Path) -> None:
    """From the file's opening on until its script has run, and each search and sort after it."""
    report.open(folder / "relatorio.html")
    loaded_ms = report.run("performance.getEntriesByType('navigation')[0].loadEventEnd")
    report.run("find = (id) => document.getElementById(id)")
    acts_ms = report.run(
        "(() => { const timed = (act) => { const from = performance.now(); act(); document.body.offsetHeight;"
        " return performance.now() - from };"
        " const type = () => { find('busca').value = 'aurora';"
        " find('busca').dispatchEvent(new Event('input', {bubbles: true})) };"
        " const buttons = [...find('tabela').tHead.querySelectorAll('button')];"
        " return [timed(type), ...buttons.map((button) => timed(() => button.click()))] })()"
    )
    assert 0 < loaded_ms < 1_000
    assert max(acts_ms) < 1_000, acts_ms
    report.open(folder / "relatorio.html")


def test_without_its_script_the_first_rows_are_the_same(report: Tab, folder: Path) -> None:
    html = (folder / "relatorio.html").read_text()
    written = html[html.index("<tbody>", html.index('id="tabela"')) :].split("</tbody>")[0]
    alike = report.run(
        "(() => { const other = new DOMParser().parseFromString('<table>' + "
        + repr(written)
        + " + '</table>', 'text/html');"
        " const rows = (of) => [...of.rows].map((row) => [...row.cells].map((cell) => ["
        " cell.tagName, cell.className,"
        " cell.scope, cell.dataset.nome, cell.innerHTML.replace(/\\s*\\n\\s*/g, '')]));"
        " const bodies = [other.querySelector('tbody'), find('tabela').tBodies[0]];"
        " const shown = bodies.map((body) => JSON.stringify(rows(body)));"
        " return shown[0] === shown[1] })()"
    )
    assert alike


def test_search_and_filters_are_taken_together(report: Tab) -> None:
    choose(report, "busca", "4021  JOSE conceicao")
    found = report.run("[...find('tabela').tBodies[0].rows].map((row) => row.innerText)")
    assert found
    assert all("4021" in text.replace(".", "") for text in found)
    assert all("JOSÉ DA CONCEIÇÃO" in text for text in column(report, 7))
    choose(report, "busca", "")
    choose(report, "tipo", "1")
    choose(report, "fornecedor", "4001")
    assert set(column(report, 0)) == {"Tipo 1"}
    assert set(column(report, 2)) == {"4001"}
    choose(report, "campo", "nome")
    assert column(report, 0) == []
    assert "Nenhuma" in report.run("find('contagem').textContent")


def test_an_amount_is_found_with_and_without_its_points(report: Tab) -> None:
    largest = column(report, 6)[0]
    for sought in (largest, largest.replace(".", "")):
        choose(report, "busca", sought)
        assert column(report, 6)[0] == largest


def test_every_column_sorts_both_ways(report: Tab) -> None:
    assert press_header(report, 4) == "descending"
    descending = amounts([text for text in column(report, 4) if text])
    assert descending == sorted(descending, reverse=True)
    assert press_header(report, 4) == "ascending"
    ascending = amounts(column(report, 4))
    assert ascending == sorted(ascending)
    assert ascending[-1] < descending[-1]
    assert press_header(report, 1) == "ascending"
    assert column(report, 1) == sorted(column(report, 1))
    assert report.run("document.querySelectorAll('[aria-sort]').length") == 1
    assert press_header(report, 6) == "descending"
    differences = [abs(amount) for amount in amounts(column(report, 6))]
    assert differences == sorted(differences, reverse=True)


def test_pages_are_turned_and_told(report: Tab) -> None:
    assert report.run("find('contagem').textContent") == "1 a 50 de 10.000"
    first = column(report, 1)
    report.run("find('anterior').click(); find('proxima').click()")
    assert report.run("find('contagem').textContent") == "51 a 100 de 10.000"
    assert set(column(report, 1)).isdisjoint(first)


def test_the_keyboard_is_enough(report: Tab) -> None:
    """From the search by Tab to a header, and sorted by Enter; where the keyboard stands is seen."""
    report.run("find('busca').focus()")
    seen_at = []
    for _ in range(14):
        report.press("Tab", 9)
        seen_at.append(report.run("document.activeElement.id || document.activeElement.innerText"))
        if seen_at[-1].startswith("Ordem"):
            break
    assert seen_at[:3] == ["tipo", "campo", "fornecedor"]
    assert seen_at[-1].startswith("Ordem")
    assert report.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    report.press("Enter", 13, "\r")
    assert report.run("document.activeElement.closest('th').ariaSort") == "ascending"


def test_what_a_screen_reader_is_told(report: Tab) -> None:
    nodes = report.call("Accessibility.getFullAXTree")["nodes"]
    told = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]
    roles = [role for role, _ in told]
    assert {"banner", "main", "navigation", "contentinfo", "search", "status"} <= set(roles)
    assert roles.count("main") == 1
    regions = [name for role, name in told if role == "region"]
    assert "Causa provável" in regions
    assert all(
        name
        for role, name in told
        if role in ("region", "table", "button", "searchbox", "combobox", "image", "link")
    )
    headings = report.run("[...document.querySelectorAll('h1, h2, h3')].map((each) => +each.tagName[1])")
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_nothing_is_wider_than_the_screen(report: Tab, folder: Path, width: int) -> None:
    (folder / "index.html").write_bytes(index(list(days(40))))
    report.resize(width, 800, mobile=width < 500)
    for name in ("index.html", "relatorio.html"):
        report.open(folder / name)
        assert report.run("document.documentElement.scrollWidth") <= width


S3 = "https://output.s3.sa-east-1.amazonaws.com/relatorios/2026-02-16/relatorio.html?X-Amz-Signature=0a"


@pytest.mark.parametrize(
    ("opened", "href", "expected"),
    [
        (S3, "divergencias.csv", "relatorios/2026-02-16/divergencias.csv"),
        (S3, "../index.html", "relatorios/index.html"),
        (S3, "fornecedores/F%252F1/mensagem.txt", "relatorios/2026-02-16/fornecedores/F%252F1/mensagem.txt"),
        (S3, "#causa", None),
        ("http://127.0.0.1:4566/output/relatorios/2026-02-16/relatorio.html", "divergencias.csv", None),
        ("file:///tmp/relatorio.html", "divergencias.csv", None),
    ],
)
def test_from_the_console_a_link_leads_to_the_console(
    report: Tab, opened: str, href: str, expected: str | None
) -> None:
    """Which has signed the address of the page alone."""
    console = "https://sa-east-1.console.aws.amazon.com/s3/object/output?region=sa-east-1&prefix="
    led = report.run(f"consoleAddress({href!r}, new URL({opened!r}))")
    assert led == (href if expected is None else console + expected)


def test_in_print_there_are_no_controls(report: Tab) -> None:
    report.emulate(media="print")
    assert report.run("getComputedStyle(find('filtros')).display") == "none"
    assert len(column(report, 1)) == 50
    assert report.pdf().startswith(b"%PDF")


def test_dark_is_dark(report: Tab) -> None:
    report.emulate(scheme="dark")
    assert report.run("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 29)"


def test_what_a_supplier_wrote_runs_nowhere(report: Tab, folder: Path) -> None:
    """Neither as an element nor in the script's data; its own policy refused nothing of the page's either."""
    name = "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\">"
    row = divergence(
        "TIPO_3", name, campos_divergentes="nome", nome_csv=name, nome_base="\u202ename", fornecedor_id=name
    )
    (folder / "hostil.html").write_bytes(page(figures(inputs([row], days=3))))
    report.open(folder / "hostil.html")
    time.sleep(0.1)
    assert report.run("document.title") == "Conciliação de 16/02/2026"
    assert report.run("document.querySelector('tbody bdi').textContent").startswith("</script>")
    assert report.run("document.images.length") == 0
    assert report.run("document.querySelector('#tabela tbody [data-nome=\"Na base\"]').innerText") == "vazio"
    assert report.logged == []
    report.open(folder / "relatorio.html")
