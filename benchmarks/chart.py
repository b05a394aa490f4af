"""A table of contestants as bars, in an SVG that a page can show by day and by night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_WIDTH, _NAMES, _BAR, _GAP, _TOP = 860, 230, 18, 10, 56
_STYLE = """\
text{font:13px system-ui,sans-serif;fill:#1f2328}.small{font-size:11px;fill:#59636e}
.bar{fill:#9aa4af}.ours{fill:#1a7f64}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.bar{fill:#59636e}.ours{fill:#3fb68b}}"""


def svg(
    found: Mapping[str, Mapping[str, float]], facts: Mapping[str, Any], wrong: Mapping[str, Sequence[str]]
) -> str:
    """Seconds as bars, the shortest first; memory and a wrong answer in words. Deterministic."""
    ordered = sorted(found.items(), key=lambda item: item[1]["wall_s"])
    longest_s = ordered[-1][1]["wall_s"]
    step, full = _BAR + _GAP, _WIDTH - _NAMES - 200
    height = _TOP + step * len(ordered) + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<text x="8" y="22">{facts["rows"]:,} lines against a base of {facts["base_rows"]:,} rows:'
        " seconds, and peak memory</text>",
        f'<text x="8" y="40" class="small">{facts["cores"]} cores, medians; ours with every check, copy and'
        " alert, the others the bare comparison</text>",
    ]
    for place, (name, row) in enumerate(ordered):
        y, length = _TOP + step * place, max(2.0, full * row["wall_s"] / longest_s)
        kind = "bar ours" if name.startswith("ours") else "bar"
        told = f"{row['wall_s']:.1f} s, {row['peak_mb']:,.0f} MB" + (", wrong" if wrong.get(name) else "")
        lines += [
            f'<text x="{_NAMES - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_NAMES}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="3" class="{kind}"/>',
            f'<text x="{_NAMES + length + 8:.1f}" y="{y + 14}">{told}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
