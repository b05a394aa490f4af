"""The runbook as one page of HTML, whose links stay within it: it is opened as a lone object."""

import html
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciliation.errors import FAILURES
from reconciliation.runbook import BEGIN_MARK

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": True}).enable("table")
_ANCHOR = re.compile(r'<a id="([\w-]+)">')
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; color: #16191f }
section { border-top: 3px solid #545b64; margin-top: 3rem }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #d5dbdb; padding: .3rem .6rem; text-align: left; vertical-align: top }
pre { background: #f2f3f3; padding: .8rem; overflow-x: auto }
code { font: 14px/1.4 ui-monospace, monospace; background: #f2f3f3 }
tr:has(a:target), p:has(a:target), h1:target, h2:target, h3:target { background: #fff3b0 }
nav a { margin-right: .7rem; white-space: nowrap }
"""
_PAGE = """<!doctype html>
<html lang="pt-BR">
<head><meta charset="utf-8"><title>Runbook: conciliação financeira</title><style>{style}</style></head>
<body>
<nav>{pages}</nav>
<p>Código do alerta:</p>
<nav>{codes}</nav>
{sections}
<script>if (!location.hash) location.hash = "{begin}"</script>
</body>
</html>
"""


def document(pages: Mapping[str, str]) -> str:
    """Of the pages, Markdown by file name; it begins where BEGIN_MARK will say."""
    tokens = {name: _MARKDOWN.parse(text) for name, text in pages.items()}
    for name, of_page in tokens.items():
        _place(name, of_page, pages)
    sections = (
        f'<section id="{_stem(name)}">\n{_MARKDOWN.renderer.render(of_page, _MARKDOWN.options, {})}</section>'
        for name, of_page in tokens.items()
    )
    return _PAGE.format(
        style=_STYLE,
        pages=" ".join(f'<a href="#{_stem(name)}">{_title(text)}</a>' for name, text in pages.items()),
        codes=" ".join(f'<a href="#{code.lower()}">{code}</a>' for code in sorted(FAILURES)),
        sections="\n".join(sections).replace("[ ] ", "☐ "),
        begin=BEGIN_MARK,
    )


def slug(title: str) -> str:
    """The anchor that a heading gets where Markdown is shown, without its page's."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _place(name: str, tokens: list[Token], pages: Mapping[str, str]) -> None:
    """Gives each heading its id, and each link to a page its place in this document."""
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", f"{_stem(name)}--{slug(following.content)}")
    for link in _links(tokens):
        page, _, anchor = str(link.attrGet("href")).partition("#")
        if (page or name) in pages:
            link.attrSet("href", f"#{_within(page or name, anchor, pages)}")


def _within(page: str, anchor: str, pages: Mapping[str, str]) -> str:
    """An anchor of the page's own is one of the whole document: codes are told from each other."""
    if not anchor or anchor in _ANCHOR.findall(pages[page]):
        return anchor or _stem(page)
    return f"{_stem(page)}--{anchor}"


def _links(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from (child for child in token.children or () if child.type == "link_open")


def _stem(name: str) -> str:
    return name.removesuffix(".md")


def _title(text: str) -> str:
    return html.escape(text.partition("\n")[0].lstrip("# "))
