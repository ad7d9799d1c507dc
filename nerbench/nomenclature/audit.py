"""Check the lexicons against a table of the genes that mentions must and must not mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.inputs import read_utf8
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level

COLUMNS = ("mention", "organism", "level", "must", "must_not")
NONE = "-"
"""The entry of `must` for a mention that must mean no gene."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A row of the table: the genes that a mention must mean, and those that it must not."""

    line: int
    mention: str
    organism: str
    level: Level
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A row that does not hold: the genes that are missing, and those that are there wrongly."""

    row: Expectation
    missing: tuple[str, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"does not mean {', '.join(self.missing)}"] if self.missing else []
        parts += [f"means {', '.join(self.wrong)}"] if self.wrong else []
        row = self.row
        return f"line {row.line}: {row.mention} ({row.organism}, {row.level}) {' and '.join(parts)}"


def read_table(path: Path) -> list[Expectation]:
    """Read the rows; lines that begin with # are comments.

    Genes are official symbols parted by blanks. Raises NerbenchError if a line cannot be read.
    """
    lines = read_utf8(path).splitlines()
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line and not line.startswith("#")]
    header = numbered.pop(0)[1].split("\t") if numbered else []
    if not set(header) >= set(COLUMNS):
        raise NerbenchError(f"{path}: the first line must name the columns {', '.join(COLUMNS)}")
    return [
        _read_row(path, n, dict(zip(header, line.split("\t"), strict=False)))
        for n, line in numbered
    ]


def _read_row(path: Path, line: int, row: dict[str, str]) -> Expectation:
    mention, organism, level = (row.get(column, "").strip() for column in COLUMNS[:3])
    must, must_not = (tuple(row.get(column, "").split()) for column in COLUMNS[3:])
    if level not in tuple(Level):
        raise NerbenchError(f"{path}, line {line}: no level: {level!r}; use {', '.join(Level)}")
    if not (mention and organism and (must or must_not)):
        raise NerbenchError(
            f"{path}, line {line}: give a mention, an organism, and genes in must or must_not"
        )
    return Expectation(line, mention, organism, Level(level), must, must_not)


def audit(rows: Iterable[Expectation], matcher: Matcher, path: Path) -> Iterator[Shortfall]:
    """Yield each row that does not hold.

    The genes of a composite mention are those of all its names. Raises NerbenchError for an unknown
    organism or symbol.
    """
    for row in rows:
        taxon = matcher.nomenclature.taxon_of(row.organism)
        if taxon is None:
            raise NerbenchError(f"{path}, line {row.line}: unknown organism {row.organism!r}")
        official = matcher.nomenclature[taxon].exact
        for symbol in (*row.must, *row.must_not):
            if symbol not in official and symbol != NONE:
                raise NerbenchError(
                    f"{path}, line {row.line}: {symbol!r} is no official symbol of {row.organism}"
                )
        genes = {
            symbol
            for name in matcher.split(row.mention)
            for symbol in matcher.symbols(row.level, name, taxon)
        }
        missing = tuple(s for s in row.must if s != NONE and s not in genes)
        wrong = tuple(sorted(genes if NONE in row.must else genes & set(row.must_not)))
        if missing or wrong:
            yield Shortfall(row, missing, wrong)
