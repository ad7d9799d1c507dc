"""Make a lexicon folder: gather or download the sources' files, join them, write the tables."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path

import httpx

from nerbench.download import download
from nerbench.errors import NerbenchError, did_you_mean
from nerbench.nomenclature.build.join import Tables, build_lexicon, write_lexicon
from nerbench.nomenclature.build.packages import bundled_sources, bundled_tables
from nerbench.nomenclature.build.sources import (
    GeneRow,
    Source,
    read_famplex,
    read_flybase,
    read_gene_info,
    read_hgnc,
)
from nerbench.nomenclature.build.vernacular import CURATED_NAMES, CURATED_SOURCE, read_curated
from nerbench.nomenclature.lexicon import english_words, find_rules
from nerbench.nomenclature.organisms import read_organism

ADDRESSES = {
    "ncbi": "https://ftp.ncbi.nlm.nih.gov/gene/DATA/gene_info.gz",
    "ncbi:9606": "https://ftp.ncbi.nlm.nih.gov/gene/DATA/GENE_INFO/Mammalia/Homo_sapiens.gene_info.gz",
    "ncbi:10090": "https://ftp.ncbi.nlm.nih.gov/gene/DATA/GENE_INFO/Mammalia/Mus_musculus.gene_info.gz",
    "ncbi:7227": "https://ftp.ncbi.nlm.nih.gov/gene/DATA/GENE_INFO/Invertebrates/Drosophila_melanogaster.gene_info.gz",
    "hgnc": "https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv/hgnc_complete_set.txt",
    "flybase": "https://s3ftp.flybase.org/releases/current/precomputed_files/synonyms/",
    "famplex": "https://raw.githubusercontent.com/sorgerlab/famplex/master/",
}
"""The address of each source; FlyBase's is a listing, FamPlex's a folder."""

_FURTHER_SOURCES = {9606: ("hgnc", "famplex"), 7227: ("flybase",)}
_TITLES = {
    "ncbi": ("NCBI Gene", "public domain (US government work)"),
    "hgnc": ("HGNC complete set", "CC0 1.0"),
    "flybase": ("FlyBase synonyms", "CC BY 4.0"),
    "famplex": ("FamPlex (Bachman, Gyori and Sorger, BMC Bioinformatics 2018)", "CC0 1.0"),
}


def make_lexicon(
    out: Path,
    organism: str | None,
    rules: Path | None,
    source_files: Mapping[str, Path],
    fetch: bool,
    from_packages: bool,
) -> tuple[Path, Tables]:
    """Write the lexicon of one organism into ``out/TAXON``, and return the folder and the tables.

    Raises NerbenchError if the sources do not suffice or one cannot be read.
    """
    rules_file = _find_rules(organism, rules)
    taxon = read_organism(rules_file).taxon
    if from_packages:
        tables, sources = bundled_tables(taxon), bundled_sources(taxon)
    else:
        files = dict(source_files)
        if fetch:
            files |= _download_missing(taxon, out / "downloads", files)
        if not files.keys() & {"ncbi", "hgnc", "flybase"}:
            raise NerbenchError(
                "nothing to build from: give --ncbi, --hgnc or --flybase, or --download"
            )
        tables = _join_files(taxon, files)
        sources = [_describe_source(name, file) for name, file in sorted(files.items())]
        sources.append(CURATED_SOURCE)
    folder = out / str(taxon)
    write_lexicon(tables, rules_file.read_text(encoding="utf-8"), sources, folder)
    return folder, tables


def _find_rules(organism: str | None, rules: Path | None) -> Path:
    if (organism is None) == (rules is None):
        raise NerbenchError("which organism? give --organism human|fly, or --rules organism.yaml")
    if rules is not None:
        return rules
    shipped = find_rules(str(organism))
    if shipped is None:
        raise NerbenchError(
            f"unknown organism {organism!r}: give its nomenclature rules with --rules organism.yaml"
            + did_you_mean(str(organism), ("human", "fly"))
        )
    return shipped


def _join_files(taxon: int, files: Mapping[str, Path]) -> Tables:
    primary: list[GeneRow] = []
    for name, read in (("hgnc", read_hgnc), ("flybase", read_flybase)):
        if name in files:
            primary += read(files[name])
    ncbi = read_gene_info(files["ncbi"], taxon) if "ncbi" in files else []
    tables = [read_famplex(files["famplex"])] if "famplex" in files else []
    tables.append(read_curated(CURATED_NAMES, taxon))
    return build_lexicon(primary, ncbi, tables, english_words())


def _describe_source(name: str, path: Path) -> Source:
    title, licence = _TITLES[name]
    changed = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).date()
    return Source(f"{title} ({path.name})", changed.isoformat(), licence, ADDRESSES[name])


def _download_missing(
    taxon: int, folder: Path, source_files: Mapping[str, Path]
) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for name in ("ncbi", *_FURTHER_SOURCES.get(taxon, ())):
        if name in source_files:
            continue
        if name == "famplex":
            files[name] = folder / "famplex"
            for file in ("relations.csv", "grounding_map.csv"):
                download(ADDRESSES[name] + file, files[name] / file)
            continue
        url = ADDRESSES.get(f"{name}:{taxon}", ADDRESSES[name])
        url = _newest_file(url) if name == "flybase" else url
        files[name] = folder / url.rsplit("/", 1)[-1]
        download(url, files[name])
    return files


def _newest_file(listing: str) -> str:
    """Return the address of the newest fb_synonym file of FlyBase's listing."""
    try:
        response = httpx.get(listing, follow_redirects=True, timeout=30).raise_for_status()
    except httpx.HTTPError as error:
        raise NerbenchError(f"{listing}: cannot be fetched: {error}") from None
    names = sorted(set(re.findall(r"fb_synonym_fb_\d{4}_\d{2}\.tsv\.gz", response.text)))
    if not names:
        raise NerbenchError(f"{listing}: lists no fb_synonym file; give one with --flybase")
    return listing + str(names[-1])
