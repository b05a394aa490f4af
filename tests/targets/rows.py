"""Every target × what goes wrong with it: what a person says, and the sentence that answers.

The cheap rows end before anything starts: `make test` walks them in process, by the very words that the
Makefile gives. The dear ones start something, or want another user or disk: `python -m tests.targets` walks
all of them by make, in checkouts of their own.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`given` are make's variables; `said` a part of the one sentence on stderr (Python's re)."""

    target: str
    fault: str
    given: tuple[str, ...]
    said: str


CHEAP = (
    Row("demo", "empty", ("ROWS=",), r"ROWS=: use um número de 1000 a 10000000\."),
    Row("demo", "wrong", ("ROWS=1e6",), r"ROWS=1e6: use um número"),
    Row("demo", "extreme", ("ROWS=99999999999999999999",), r"ROWS=9+: use um número"),
    Row("demo", "wrong", ("DAY=16/02/2026",), r"DAY=16/02/2026: não é uma data no formato AAAA-MM-DD"),
    Row("demo", "extreme", ("DAY=0001-01-01",), r"DAY=0001-01-01: não é uma data .* dos anos de 1901"),
    Row("demo", "extreme", ("DAY=9999-12-31",), r"DAY=9999-12-31: não é uma data .* a 2998\."),
    Row("demo", "wrong", ("DEADLINE=soon",), r"DEADLINE=soon: use um número de segundos de 1 a 1200\."),
    Row("demo", "extreme", ("DEADLINE=0",), r"DEADLINE=0: use um número de segundos"),
    Row("demo", "missing", ("CSV=nowhere.csv", "BASE=b.csv"), r"CSV=nowhere.csv: não foi possível ler"),
    Row("demo", "missing", ("CSV=README.md",), r"Falta a base: informe BASE=arquivo\.csv"),
    Row("demo", "missing", ("BASE=README.md",), r"BASE sem CSV: informe os dois arquivos"),
    Row("demo", "missing", ("CSV=",), r"CSV ou BASE vazio: informe os dois arquivos"),
    Row("demo", "wrong", ("CSV=README.md", "BASE=README.md"), r"BASE=README.md: o cabeçalho deve ser"),
    Row("demo", "wrong", ("CSV=docs", "BASE=README.md"), r"CSV=docs: não é um arquivo\."),
    Row("demo", "extreme", ("CSV=/dev/zero", "BASE=README.md"), r"CSV=/dev/zero: não é um arquivo\."),
    Row("demo", "wrong", ("CSV=--base", "BASE=x"), r"CSV=--base: não foi possível ler"),
    Row("demo", "a dollar", ("CSV=a$b$(x).csv", "BASE=b"), r"CSV=a\$b\$\(x\)\.csv: não foi possível"),
    Row("validate", "a dollar", ("CSV=$$x$.csv",), r"CSV=\$\$x\$\.csv: não há esse arquivo"),
    Row("explain", "missing", (), r"Informe a ordem: make explain ORDEM=ORD-12345"),
    Row("up", "wrong", ("PORT=http",), r"PORT=http: use um número de 0 a 65535, por exemplo"),
    Row("up", "extreme", ("PORT=80000",), r"PORT=80000: use um número de 0 a 65535"),
    Row("up", "missing", ("BASE=nowhere.csv",), r"BASE=nowhere\.csv: não foi possível ler o arquivo"),
    Row("validate", "missing", (), r"Falta o arquivo; use `make validate CSV=arquivo\.csv`"),
    Row("validate", "missing", ("CSV=nowhere.csv",), r"CSV=nowhere.csv: não há esse arquivo"),
    Row("validate", "wrong", ("CSV=docs",), r"CSV=docs: não é um arquivo"),
    Row("validate", "wrong", ("CSV=-x",), r"CSV=-x: não há esse arquivo"),
    Row("validate", "wrong", ("CSV=README.md", "DAY=x"), r"DAY=x: não é uma data no formato AAAA-MM-DD"),
    Row("validate", "wrong", ("CSV=README.md", "RULES={x}"), r"RULES=\{x\}: o texto das regras"),
    Row("synth", "wrong", ("SETTINGS=suffix",), r"'suffix' is no setting: write name=value\."),
    Row("deploy", "missing", (), r"database_ca is empty, so nobody would check the database's certificate"),
    Row("deploy", "wrong", ("SETTINGS=colour=red",), r"There is no setting 'colour'; docs/settings.md lists"),
    Row("destroy", "missing", (), r"This would delete the database and what the buckets hold"),
    Row("first-checks", "wrong", ("SETTINGS=workers=many",), r"workers 'many' is not a whole number\."),
    Row("runbook", "missing", (), r"ACCOUNT is '': write the twelve digits of the AWS account\."),
    Row("runbook", "extreme", ("ACCOUNT=1234567890123",), r"ACCOUNT is '1234567890123': write the twelve"),
    Row("wheels", "missing", (), r"TO names no folder: write, e\.g\., `make wheels TO=wheels`\."),
    Row("faults", "wrong", ("ROWS=10",), r"ROWS=10: use um número de 1000 a 10000000\."),
    Row("faults", "wrong", ("CUTS=many",), r"CUTS=many: use um número de 1 a 1000\."),
    Row("chaos", "wrong", ("RUNS=many",), r"RUNS=many: write a number from 1 to 100000\."),
    Row("chaos", "extreme", ("SIDE=99",), r"SIDE=99: write a number from 1 to 8\."),
    Row("drill", "wrong", ("PLAYBOOK=3",), r"PLAYBOOK=3: use um destes: 2\.1, 2\.2, 2\.3, 2\.4, 2\.5\."),
    Row("bench", "wrong", ("ROWS=10",), r"ROWS=10: write a number from 1000 to 10000000\."),
    Row("bench-growth", "extreme", ("SCALE=2",), r"SCALE=2: a share of the lines"),
    Row("bench-exchange", "wrong", ("LINES=10",), r"LINES=10: whole thousands"),
)
