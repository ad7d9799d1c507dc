"""Read the values of records and of rows: text, symbols, organisms and genes, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from nerbench.errors import RecordError
from nerbench.folding import normalize_typography
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene
from nerbench.spans.published_text import read_published

_T = TypeVar("_T")

MAX_CAPTION = 20_000
"""Characters; the longest real captions have some ten thousand."""

# Far beyond any real record: they bound the time and memory that one record can take.
MAX_TEXT = 5_000  # characters of a field or of a line in a gene table
_MAX_FIGID = 200  # characters
_MAX_CELL = 500  # characters of an entry in a gene list
MAX_GENES = 10_000
_MAX_ORGANISMS = 100
MAX_TAXON_DIGITS = 9

_PLACEHOLDER = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "~", ".na.character", "na_character_"}
)
_JOINT_WORD = re.compile(r"[^\W_]\W*[,;/|+&]+\W*[^\W_]")  # TLR7/9; AMPK,p53
_ORGANISM_SEPARATOR = re.compile(r"\s*(?:[,;|/&\n]|\band\b)\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def check_figid(figid: str) -> str:
    """Return a figure's id. Raises RecordError if it is too long, or not printable."""
    if len(figid) > _MAX_FIGID or not figid.isprintable():
        raise RecordError(f"its figid is no identifier: {figid[:60]!a}")
    return figid


def read_scalar(value: Any) -> str:
    """Return a value as text; a placeholder or another type is empty."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.casefold() in _PLACEHOLDER else text


def check_length(text: str, name: str, limit: int) -> str:
    """Return the text. Raises RecordError if it is longer than the limit."""
    if len(text) > limit:
        raise RecordError(f"its {name} has {len(text):,} characters, over {limit:,}")
    return text


def blank_controls(text: str) -> str:
    """Replace every control character by a space, so that none reaches a terminal."""
    return text if text.isprintable() else _CONTROL.sub(" ", text)


def replace_controls(text: str) -> str:
    """Replace every control character by a space, and leave out those around the text."""
    return blank_controls(text).strip()


def read_caption(published: str) -> tuple[str, str]:
    """Return a caption as it is read, repaired and without HTML; and as published, if it differs.

    >>> read_caption("IFN-&#947; and IL-6"), read_caption("IL-6")
    (('IFN-γ and IL-6', 'IFN-&#947; and IL-6'), ('IL-6', ''))
    """
    caption = read_text(published)
    return caption, "" if caption == published else published


def read_text(published: str) -> str:
    """Return a text with its encoding repaired, its HTML read, and no control character."""
    return replace_controls(read_published(published))


def read_organisms(value: Any, field: str) -> tuple[str, ...]:
    """Return the distinct organism names of a list or a string; each entry can hold several.

    >>> read_organisms(["Homo sapiens and Mus musculus", "NA", "Homo sapiens"], "organisms")
    ('Homo sapiens', 'Mus musculus')
    """
    entries = value if isinstance(value, list) else [value]
    names: dict[str, None] = {}
    for entry in entries:
        text = check_length(read_scalar(entry), field, MAX_TEXT)
        parts = map(read_scalar, _ORGANISM_SEPARATOR.split(text))
        names |= dict.fromkeys(name for part in parts if (name := replace_controls(part)))
        if len(names) > _MAX_ORGANISMS:
            raise RecordError(f"its {field} are over {_MAX_ORGANISMS}")
    return tuple(names)


def read_cell(value: Any) -> str:
    """Return an entry of a gene list as text; a placeholder is empty."""
    text = check_length(read_scalar(value), "gene list: an entry", _MAX_CELL)
    return text if text.isprintable() else replace_controls(text)


def read_symbol(value: Any) -> str:
    """Return an entry with Latin letters for the look-alikes of other scripts."""
    text = read_cell(value)
    return text if text.isascii() and text.isalnum() else normalize_typography(text)


def check_count(rows: Sequence[_T]) -> Sequence[_T]:
    """Return the rows. Raises RecordError if there are more than any gene list has."""
    if len(rows) > MAX_GENES:
        raise RecordError(f"its gene list has {len(rows):,} entries, over {MAX_GENES:,}")
    return rows


def gene_of_row(
    taxon: int, row_fields: Sequence[Any], nomenclature: Nomenclature
) -> CuratedGene | None:
    """Return the gene of a row (its symbol, id, word and match), or None if it has none.

    R writes NA also for symbols that it took for one of its own: then the id says the gene. The
    fly has genes ``na`` and ``nan``, and images have words like them.
    """
    symbol, gene_id, word, match = row_fields
    number = read_cell(gene_id) or None
    official = read_symbol(symbol)
    if not official and taxon in nomenclature:
        row = nomenclature[taxon].by_id.get(number or "")
        if row is not None:
            official = nomenclature[taxon].symbols[row]
        else:
            official = exact_symbol(symbol, nomenclature, taxon)
    if not official:
        return None
    text = word.strip() if isinstance(word, str) else ""
    image_word = text if text.casefold() == official.casefold() else read_symbol(word)
    words = (image_word,) if image_word else ()
    part = read_symbol(match) if _JOINT_WORD.search(image_word) else ""
    return CuratedGene(taxon, official, number, words, ((image_word, part),) if part else ())


def exact_symbol(value: Any, nomenclature: Nomenclature, *taxa: int) -> str:
    """Return a text that is an official symbol in exact case, of these or any taxa, or nothing."""
    text = value.strip() if isinstance(value, str) else ""
    return text if any(text in nomenclature[taxon].exact for taxon in taxa or nomenclature) else ""


def merge_genes(genes: Iterable[CuratedGene]) -> tuple[CuratedGene, ...]:
    """Merge the genes of one (taxon, symbol) and their words, in the order of first appearance."""
    by_key: dict[tuple[int, str], list[CuratedGene]] = {}
    for gene in genes:
        by_key.setdefault(gene.key, []).append(gene)
    return tuple(
        same[0]
        if len(same) == 1
        else CuratedGene(
            *key,
            next((gene.gene_id for gene in same if gene.gene_id), None),
            tuple(dict.fromkeys(word for gene in same for word in gene.words)),
            tuple(dict.fromkeys(part for gene in same for part in gene.parts)),
        )
        for key, same in by_key.items()
    )


def read_keywords(entries: Iterable[Any], nomenclature: Nomenclature) -> list[str]:
    """Return the distinct keywords of a gene list.

    A word that stands for nothing elsewhere counts if it is, in exact case, an official symbol:
    ``nan`` of the fly.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> read_keywords(["TP53", "NA", "nan", "TP53"], load_nomenclature())
    ['TP53', 'nan']
    """
    symbols = (read_symbol(entry) or exact_symbol(entry, nomenclature) for entry in entries)
    return list(dict.fromkeys(filter(None, symbols)))


def genes_of_keywords(
    keywords: Sequence[str],
    nomenclature: Nomenclature,
    organisms: Sequence[str] = (),
    organisms_ner: Sequence[str] = (),
) -> tuple[list[CuratedGene], tuple[str, ...]]:
    """Return the genes of a flat list, and its keywords without an organism."""
    taxa = assign_keywords(keywords, nomenclature, organisms, organisms_ner)
    assigned = list(zip(keywords, taxa, strict=True))
    genes = [CuratedGene(taxon, keyword) for keyword, taxon in assigned if taxon is not None]
    return genes, tuple(keyword for keyword, taxon in assigned if taxon is None)
