"""A page's HTML as its readers have it: well-formed, or the test fails."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "rect", "line"}


class Elements(HTMLParser):
    """All elements, and the text that each of a name holds; it refuses what is closed in another order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def text(self) -> str:
        return " ".join(
            " ".join(part.split()) for tag, parts in self.texts.items() for part in parts if tag != "script"
        )
