"""Read PFOCR figure records, every layout that occurs.

A record is a Markdown file of one YAML block between ``---`` fences. Its genes stand in a
companion table ``FIGID-genes.tsv``, or inline under ``genes``, or only as a flat keyword
list under ``schema-jsonld``. (The top-level ``keywords`` are the paper's author keywords.)
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import ftfy
import yaml

from nerbench.errors import RecordError
from nerbench.nomenclature.folding import typography
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene, Figure

__all__ = ["MAX_CAPTION", "parse_record"]

MAX_CAPTION = 20_000
"""Characters; the longest real captions have some ten thousand."""

_PLACEHOLDER = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "~", ".na.character", "na_character_"}
)
_DEEPEST = 1000
_SEVERAL = re.compile(r"\s*(?:[,;|/&\n]|\band\b)\s*")
_RUN = re.compile(r"(?:[-?][ \t]+){200}")


class _Loader(yaml.CSafeLoader):
    """The safe C loader, with every plain scalar left a string: a gene may be called ``On``."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]


def parse_record(
    raw: bytes,
    source: str,
    table: Callable[[str], bytes | None],
    nomenclature: Nomenclature,
) -> Figure:
    r"""The figure that a record's bytes describe.

    ``table`` gives the bytes of the companion gene table of a figure id, or None.
    Raises RecordError, with the reason and the line where there is one, if it is no record.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> text = b"figid: PMC1__f1\ncaption: MDM2 binds p53\nschema-jsonld: {keywords: [TP53]}"
    >>> figure = parse_record(text, "PMC1__f1.md", lambda figid: None, load_nomenclature())
    >>> figure.figid, [gene.key for gene in figure.curated]
    ('PMC1__f1', [(9606, 'TP53')])
    """
    fields = _load(raw)
    figid = _text(fields, "figid")
    if not figid:
        raise RecordError("no record: it has no figid")
    if len(figid) > 500 or any(c.isspace() or ord(c) < 32 for c in figid):
        raise RecordError(f"its figid is no identifier: {figid[:60]!r}")
    published = _text(fields, "caption")
    if len(published) > MAX_CAPTION:
        raise RecordError(f"its caption has {len(published):,} characters, over {MAX_CAPTION:,}")
    caption = ftfy.fix_encoding(published)
    organisms = _organisms(fields.get("organisms"))
    organisms_ner = _organisms(fields.get("organisms_ner"))

    genes = _companion(table(figid), figid) or _inline(fields.get("genes"))
    unassigned: tuple[str, ...] = ()
    if not genes:
        keywords = _keywords(fields.get("schema-jsonld"))
        taxa = assign_keywords(keywords, nomenclature, organisms, organisms_ner)
        pairs = list(zip(keywords, taxa, strict=True))
        genes = [CuratedGene(taxon, word) for word, taxon in pairs if taxon is not None]
        unassigned = tuple(word for word, taxon in pairs if taxon is None)
    return Figure(
        figid=figid,
        caption=caption,
        organisms=organisms,
        organisms_ner=organisms_ner,
        curated=_merge(genes),
        unassigned=unassigned,
        title=ftfy.fix_encoding(_text(fields, "figtitle")),
        paper_title=ftfy.fix_encoding(_text(fields, "papertitle")),
        pmcid=_text(fields, "pmcid"),
        doi=_text(fields, "doi"),
        year=_text(fields, "year"),
        journal=_text(fields, "journal_title"),
        publisher=_text(fields, "publisher_name"),
        repaired=caption != published,
        source=source,
    )


def _load(raw: bytes) -> dict[str, Any]:
    """The YAML block of a record, as a mapping of strings."""
    if not raw.strip():
        raise RecordError("no record: the file is empty")
    if b"\0" in raw:
        raise RecordError("no record: a binary file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RecordError(f"line {line}: not UTF-8 (byte 0x{raw[error.start]:02x})") from None
    block, above = _block(text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        _guard(block)
        fields = yaml.load(block, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f"line {mark.line + 1 + above}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise RecordError(f"{at}not YAML: {re.sub(r'[^!-~]+', ' ', problem)}") from None
    except (RecursionError, ValueError, TypeError, AttributeError, KeyError) as error:
        reason = re.sub(r"[^!-~]+", " ", str(error))[:100]
        raise RecordError(f"not YAML: a tagged value cannot be read ({reason})") from None
    if not isinstance(fields, dict):
        raise RecordError("no record: it holds no YAML fields")
    return fields


def _block(text: str) -> tuple[str, int]:
    """The YAML between the fences (or all of it, if there are none) and the lines above it."""
    lines = text.lstrip("\n").split("\n")
    above = text[: len(text) - len(text.lstrip("\n"))].count("\n")
    if lines[0].rstrip() == "---":
        lines, above = lines[1:], above + 1
    for at, line in enumerate(lines):
        if line.rstrip() in ("---", "..."):
            lines = lines[:at]
            break
    return "\n".join(lines), above


def _guard(block: str) -> None:
    """Refuse nesting so deep that composing it would exhaust the C stack.

    Raises RecordError, or yaml.YAMLError for what is no YAML anyway.
    """
    too_deep = RecordError(f"nested more than {_DEEPEST} levels deep")
    if _RUN.search(block):
        raise too_deep
    if block.count("[") + block.count("{") <= _DEEPEST:
        return
    depth = 0
    try:
        for event in yaml.parse(block, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    raise too_deep
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        if "nesting depth" in str(error):  # libyaml's own limit, since PyYAML 6.0.4
            raise too_deep from None
        raise


def _is_placeholder(value: str) -> bool:
    return value.casefold() in _PLACEHOLDER


def _scalar(value: Any) -> str:
    """A field as text; a placeholder, or what is no text, is empty."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if _is_placeholder(text) else text


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"its {name} is a {type(value).__name__}, not text")
    return _scalar(value)


def _organisms(value: Any) -> tuple[str, ...]:
    """Organism names from a list or a string, which may hold several."""
    entries = value if isinstance(value, list) else [value]
    names = (_scalar(name) for entry in entries for name in _SEVERAL.split(_scalar(entry)))
    return tuple(dict.fromkeys(name for name in names if name))


def _symbol(value: Any) -> str:
    return typography(_scalar(value))


def _rows(value: Iterable[Any]) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)]


def _inline(value: Any) -> list[CuratedGene]:
    """Genes of the 2021 layout: a human lexicon only."""
    return [
        CuratedGene(9606, symbol, _scalar(row.get("entrez")) or None, _words(row.get("word")))
        for row in _rows(value if isinstance(value, list) else [])
        if (symbol := _symbol(row.get("hgnc_symbol")))
    ]


def _companion(raw: bytes | None, figid: str) -> list[CuratedGene]:
    """Genes of a companion table."""
    if raw is None or not raw.strip():
        return []
    lines = raw.decode("utf-8-sig", errors="replace").splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not {"organism_id", "ncbigene_symbol"} <= set(rows.fieldnames or ()):
        raise RecordError(f"{figid}-genes.tsv has no columns organism_id and ncbigene_symbol")
    genes = []
    for row in rows:
        symbol, taxon = _symbol(row["ncbigene_symbol"]), _scalar(row["organism_id"])
        if symbol and taxon.isdecimal():
            gene_id = _scalar(row.get("ncbigene_id")) or None
            genes.append(CuratedGene(int(taxon), symbol, gene_id, _words(row.get("word"))))
    return genes


def _words(value: Any) -> tuple[str, ...]:
    """The word read in the image, in Latin letters where look-alikes were typed for them."""
    word = typography(_scalar(value))
    return (word,) if word else ()


def _keywords(value: Any) -> list[str]:
    """The flat gene list under schema-jsonld, each keyword once."""
    blocks: Sequence[Any] = value if isinstance(value, list) else [value]
    found: dict[str, None] = {}
    for block in _rows(blocks):
        entries = block.get("keywords")
        for entry in entries if isinstance(entries, list) else [entries]:
            if symbol := _symbol(entry):
                found[symbol] = None
    return list(found)


def _merge(genes: Iterable[CuratedGene]) -> tuple[CuratedGene, ...]:
    """Each (taxon, symbol) once, with all its words, in the order of first appearance."""
    merged: dict[tuple[int, str], CuratedGene] = {}
    for gene in genes:
        known = merged.get(gene.key)
        if known is None:
            merged[gene.key] = gene
        else:
            words = tuple(dict.fromkeys((*known.words, *gene.words)))
            merged[gene.key] = CuratedGene(
                gene.taxon, gene.symbol, known.gene_id or gene.gene_id, words
            )
    return tuple(merged.values())
