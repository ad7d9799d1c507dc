"""Addresses of genes, papers and figures in public databases."""

from __future__ import annotations

import re
from urllib.parse import quote

NCBI_GENE = "https://www.ncbi.nlm.nih.gov/gene/{id}"
NOMENCLATURE = {
    9606: ("HGNC", "https://www.genenames.org/data/gene-symbol-report/#!/symbol/{symbol}"),
    7227: ("FlyBase", "https://flybase.org/search/symbol/{symbol}"),
}
"""The database that names the genes of an organism, by taxon id: its name, and a gene's address."""
PAPER = "https://www.ncbi.nlm.nih.gov/pmc/articles/{pmcid}/"
FIGURE_PAGE = "https://pfocr.wikipathways.org/figures/{figid}.html"
IMAGE = "https://europepmc.org/articles/{pmcid}/bin/{name}.jpg"

_PFOCR_ID = re.compile(r"(PMC\d+)__([\w.-]+)")
_PMCID = re.compile(r"PMC\d+")


def gene_links(gene_id: str, symbol: str, taxon: int) -> tuple[str, str]:
    """Return the addresses of a gene at NCBI Gene and in its organism's own database.

    >>> gene_links("6774", "STAT3", 9606)[0]
    'https://www.ncbi.nlm.nih.gov/gene/6774'
    >>> gene_links("", "su(Hw)", 7227)
    ('', 'https://flybase.org/search/symbol/su%28Hw%29')
    """
    _, pattern = NOMENCLATURE.get(taxon, ("", ""))
    return (
        NCBI_GENE.format(id=gene_id) if gene_id.isdecimal() else "",
        pattern.format(symbol=_quoted(symbol)),
    )


def figure_links(figid: str, pmcid: str = "") -> tuple[str, str, str]:
    """Return the addresses of a figure's paper at PMC, its page at PFOCR, and its image.

    An address is empty where the ids are not those of PMC and PFOCR.

    >>> figure_links("PMC1__g1")
    ('https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1/', \
'https://pfocr.wikipathways.org/figures/PMC1__g1.html', \
'https://europepmc.org/articles/PMC1/bin/g1.jpg')
    >>> figure_links("mine", "PMC1")[0], figure_links("mine")
    ('https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1/', ('', '', ''))
    """
    match = _PFOCR_ID.fullmatch(figid)
    if not _PMCID.fullmatch(pmcid):
        pmcid = match[1] if match else ""
    return (
        PAPER.format(pmcid=pmcid) if pmcid else "",
        FIGURE_PAGE.format(figid=figid) if match else "",
        IMAGE.format(pmcid=match[1], name=match[2]) if match else "",
    )


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")
