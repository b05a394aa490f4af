"""The worst days and files that there are: their lines, their base, and how each must end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from reconciliation.contract import HEADER

DAY: Final = "2026-02-16"
_REST: Final = f"PETR4;{DAY}"
_LONG: Final = 60_000
_SUPPLIERS: Final = 200_000
Lines = Callable[[int], Iterator[str]]


@dataclass(frozen=True)
class Worst:
    """`file` and `base` give the lines of a day of so many; `types` its divergences, where it is published.

    `share` is how many of those lines it has: long ones are fewer.
    """

    name: str
    file: Lines
    base: Lines
    ends: str = "SUCCEEDED"
    types: Callable[[int], tuple[int, int, int]] = lambda _: (0, 0, 0)
    share: float = 1

    def lines(self, rows: int) -> int:
        return max(2, int(rows * self.share))

    def file_text(self, rows: int) -> Iterator[str]:
        yield f"{HEADER}\n"
        yield from self.file(self.lines(rows))

    def base_text(self, rows: int) -> Iterator[str]:
        yield f"{HEADER}\n"
        yield from self.base(self.lines(rows))


def _rows(first: int, end: int, row: Callable[[int], str]) -> Iterator[str]:
    for start in range(first, end, 10_000):
        yield "".join(row(number) for number in range(start, min(end, start + 10_000)))


def _all(row: Callable[[int], str]) -> Lines:
    return lambda count: _rows(0, count, row)


def _of_40(name: str) -> Callable[[int], str]:
    return lambda n: f"F{n % 40};O{n};{name} {n};{_REST};{n % 997}.00\n"


def _of_one(every: int, name: str) -> Callable[[int], str]:
    return lambda n: f"F1;O{n};{name if n % every == 0 else 'Ana'};{_REST};1.00\n"


def _of_many(name: str) -> Callable[[int], str]:
    return lambda n: f"F{n % _SUPPLIERS};O{n};{name};{_REST};1.00\n"


def _long(letters: str) -> Callable[[int], str]:
    """Names of which no two are alike, nor compress to nothing."""
    return lambda n: f"F1;O{n};{f'{letters}{n * 2654435761 % 2**32:08x}' * (_LONG // 10)};{_REST};1.00\n"


def _one(key: str = "O0") -> Lines:
    return lambda _: iter([f"F1;{key};Ana;{_REST};1.00\n"])


def _repeated(text: str, least: int = 1) -> Lines:
    def lines(count: int) -> Iterator[str]:
        for start in range(0, count * least, 10_000):
            yield text * min(10_000, count * least - start)

    return lines


def _then_one(lines: Lines) -> Lines:
    def both(count: int) -> Iterator[str]:
        yield from lines(count - 1)
        yield from _one()(count)

    return both


DAYS: Final = (
    Worst("tudo TIPO_3", _all(_of_40("Ana")), _all(_of_40("Bia")), types=lambda n: (0, 0, n)),
    Worst("metade TIPO_1, metade TIPO_2",
          lambda n: _rows(0, n // 2, _of_40("Ana")), lambda n: _rows(n // 2, n, _of_40("Ana")),
          types=lambda n: (n // 2, n - n // 2, 0)),
    Worst("um fornecedor", _all(_of_one(20, "Bia")), _all(_of_one(20, "Ana")),
          types=lambda n: (0, 0, -(-n // 20))),
    Worst("200.000 fornecedores", _all(_of_many("Ana")), _all(_of_many("Bia")), types=lambda n: (0, 0, n)),
    Worst("nomes de 60 KB", _all(_long("ab")), _all(_long("cd")), types=lambda n: (0, 0, n), share=1 / 250),
    Worst("uma chave, linhas iguais", _repeated(f"F1;O0;Ana;{_REST};1.00\n"), _one()),
    Worst("uma chave, linhas em conflito", _all(lambda n: f"F1;O0;Ana;{_REST};{n}.00\n"), _one(),
          ends="E_NO_ROWS"),
    Worst("todas as linhas recusadas", _all(lambda n: f"F1;O{n};Ana;{_REST};R$ {n}\n"), _one(),
          ends="E_NO_ROWS"),
    Worst("linhas de uma letra", _repeated("a\n"), _one(), ends="E_NO_ROWS"),
    Worst("linhas só de separadores", _then_one(_repeated(";;;;;\n")), _one()),
    Worst("linhas vazias", _then_one(_repeated("\n", 10)), _one()),
    Worst("uma linha sem fim", _repeated("x" * 100), _one(), ends="E_LINE_TOO_LONG"),
    Worst("colunas sem fim", _repeated(";"), _one(), ends="E_LINE_TOO_LONG"),
)  # fmt: skip
