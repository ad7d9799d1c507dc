"""Read PFOCR figure records in every layout that occurs.

A record is one YAML block. Its genes are in a companion table ``FIGID-genes.tsv``, inline under
``genes``, or in a flat list under ``schema-jsonld``; top-level ``keywords`` are the authors'.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, ClassVar

import yaml

from nerbench.corpus.figure_fields import MARK, read_figure_fields
from nerbench.corpus.record_values import (
    MAX_CAPTION,
    MAX_GENES,
    MAX_TAXON_DIGITS,
    MAX_TEXT,
    check_count,
    check_figid,
    check_length,
    gene_of_row,
    genes_of_keywords,
    merge_genes,
    read_caption,
    read_keywords,
    read_organisms,
    read_scalar,
    read_symbol,
    read_text,
)
from nerbench.errors import RecordError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene, Figure
from nerbench.spans.formats.text_files import lines_of

_MAX_DEPTH = 1000  # nested collections

_INLINE_FIELDS = ("hgnc_symbol", "entrez", "word", "symbol")  # `symbol` is what the word matched
# "- - - ..." or "? ? ? ..." on one line: each mark opens a collection, and libyaml composes them
# recursively. The look-behind lets a run match at its first mark only.
_MAX_MARKS_IN_LINE = 200
_MARKS_IN_LINE = re.compile(
    rf"[-?](?<![-?][ \t].)[ \t]++(?:[-?][ \t]++){{{_MAX_MARKS_IN_LINE - 1}}}"
)


class _Loader(yaml.CSafeLoader):
    """The safe C loader, which leaves every plain scalar a string: a gene may be called ``On``."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave ``!!merge`` as it is written: a few lines of it can make billions of fields."""


class _UnplainError(yaml.YAMLError):
    """A block has more than strings, lists and mappings."""


def parse_record(
    raw: bytes,
    source: str,
    table: Callable[[str], bytes | None],
    nomenclature: Nomenclature,
) -> Figure:
    r"""Parse a record into a figure; `table` returns the companion gene table of a figure id.

    Raises RecordError with the reason, and the line if there is one, if it is not a record.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> text = b"figid: PMC1__f1\ncaption: MDM2 binds p53\nschema-jsonld: {keywords: [TP53]}"
    >>> figure = parse_record(text, "PMC1__f1.md", lambda figid: None, load_nomenclature())
    >>> figure.figid, [gene.key for gene in figure.curated]
    ('PMC1__f1', [(9606, 'TP53')])
    """
    fields = _load_fields(raw)
    figid = _field(fields, "figid")
    if not figid:
        raise RecordError("no record: it has no figid")
    if MARK in fields:
        return read_figure_fields(fields, source)
    if " " in check_figid(figid):
        raise RecordError(f"its figid is no identifier: {figid[:60]!a}")
    caption, published = read_caption(_field(fields, "caption", MAX_CAPTION))
    organisms = read_organisms(fields.get("organisms"), "organisms")
    organisms_ner = read_organisms(fields.get("organisms_ner"), "organisms_ner")

    genes = _table_genes(table(figid), figid, nomenclature)
    genes = genes or _inline_genes(fields.get("genes"), nomenclature)
    unassigned: tuple[str, ...] = ()
    if not genes:
        keywords = _keywords(fields.get("schema-jsonld"), nomenclature)
        genes, unassigned = genes_of_keywords(keywords, nomenclature, organisms, organisms_ner)
    return Figure(
        figid=figid,
        caption=caption,
        organisms=organisms,
        organisms_ner=organisms_ner,
        curated=merge_genes(genes),
        unassigned=unassigned,
        title=_text(fields, "figtitle"),
        paper_title=_text(fields, "papertitle"),
        pmcid=_text(fields, "pmcid"),
        doi=_text(fields, "doi"),
        year=_text(fields, "year"),
        journal=_text(fields, "journal_title"),
        publisher=_text(fields, "publisher_name"),
        published=published,
        source=source,
    )


def _load_fields(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise RecordError("no record: the file is empty")
    if b"\0" in raw:
        raise RecordError("no record: a binary file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RecordError(f"line {line}: not UTF-8 (byte 0x{raw[error.start]:02x})") from None
    block, lines_above = _extract_block(text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        _check_depth(block)
        fields = _load_yaml(block)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1 + lines_above}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise RecordError(f"{place}not YAML: {re.sub(r'[^!-~]+', ' ', problem)}") from None
    except (RecursionError, ValueError, TypeError, AttributeError, KeyError) as error:
        reason = re.sub(r"[^!-~]+", " ", str(error))[:100]
        raise RecordError(f"not YAML: a tagged value cannot be read ({reason})") from None
    if not isinstance(fields, dict):
        raise RecordError("no record: it holds no YAML fields")
    return fields


def _extract_block(text: str) -> tuple[str, int]:
    """Return the YAML between the fences, or all of it without fences, and the lines above it."""
    stripped = text.lstrip("\n")
    lines_above = len(text) - len(stripped)
    lines = stripped.split("\n")
    if lines[0].rstrip() == "---":
        lines, lines_above = lines[1:], lines_above + 1
    block = takewhile(lambda line: line.rstrip() not in ("---", "..."), lines)
    return "\n".join(block), lines_above


def _check_depth(block: str) -> None:
    """Raise RecordError for nesting so deep that composing it would exhaust the C stack."""
    too_deep = RecordError(f"nested more than {_MAX_DEPTH} levels deep")
    marks = block.count("-") + block.count("?")
    if marks >= _MAX_MARKS_IN_LINE and _MARKS_IN_LINE.search(block):
        raise too_deep
    if block.count("[") + block.count("{") <= _MAX_DEPTH:
        return
    depth = 0
    try:
        for event in yaml.parse(block, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise too_deep
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        if "nesting depth" in str(error):  # libyaml's own limit, since PyYAML 6.0.4
            raise too_deep from None
        raise


def _load_yaml(block: str) -> Any:
    """Return what `yaml.load` does; build plain blocks from libyaml's events, which is faster."""
    # 0.3 instead of 0.9 s for 701 real records, which have no tags and anchors.
    try:
        return _build_document(_Loader(block).get_event)
    except (_UnplainError, RecursionError):
        return yaml.load(block, _Loader)


def _build_document(next_event: Callable[[], Any]) -> Any:
    next_event()  # the stream's start
    if type(next_event()) is not yaml.DocumentStartEvent:
        raise _UnplainError
    document = _build_node(next_event(), next_event)
    next_event()  # the document's end
    if type(next_event()) is not yaml.StreamEndEvent:
        raise _UnplainError
    return document


def _build_node(event: Any, next_event: Callable[[], Any]) -> Any:
    if event.anchor is not None or event.tag is not None:
        raise _UnplainError
    if type(event) is yaml.ScalarEvent:
        return event.value
    if type(event) is yaml.SequenceStartEvent:
        entries = []
        while type(entry := next_event()) is not yaml.SequenceEndEvent:
            entries.append(_build_node(entry, next_event))
        return entries
    fields = {}
    while type(key := next_event()) is not yaml.MappingEndEvent:
        if type(key) is not yaml.ScalarEvent:
            raise _UnplainError
        fields[_build_node(key, next_event)] = _build_node(next_event(), next_event)
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    return read_text(_field(fields, name))


def _field(fields: dict[str, Any], name: str, limit: int = MAX_TEXT) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"its {name} is a {type(value).__name__}, not text")
    return check_length(read_scalar(value), name, limit)


def _mappings(entries: Sequence[Any]) -> list[dict[str, Any]]:
    return [entry for entry in check_count(entries) if isinstance(entry, dict)]


def _inline_genes(value: Any, nomenclature: Nomenclature) -> list[CuratedGene]:
    """Return the genes of the 2021 layout, which are all human."""
    genes = (
        gene_of_row(9606, [row.get(name) for name in _INLINE_FIELDS], nomenclature)
        for row in _mappings(value if isinstance(value, list) else [])
    )
    return [gene for gene in genes if gene is not None]


def _table_genes(raw: bytes | None, figid: str, nomenclature: Nomenclature) -> list[CuratedGene]:
    if raw is None or not raw.strip():
        return []
    lines = lines_of(raw.decode("utf-8-sig", errors="replace"))
    if (longest := max(map(len, lines))) > MAX_TEXT:
        raise RecordError(
            f"{figid}-genes.tsv has a line of {longest:,} characters, over {MAX_TEXT:,}"
        )
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    if not {"organism_id", "ncbigene_symbol"} <= set(header):
        raise RecordError(f"{figid}-genes.tsv has no columns organism_id and ncbigene_symbol")
    columns = {name: index for index, name in enumerate(header)}
    names = ("organism_id", "ncbigene_symbol", "ncbigene_id", "word", "match")
    indexes = [columns.get(name) for name in names]
    genes = []
    for row in check_count([row for row in rows if row]):
        cells = [None if i is None or i >= len(row) else row[i] for i in indexes]
        taxon = read_scalar(cells[0])
        if taxon.isdecimal() and len(taxon) <= MAX_TAXON_DIGITS:
            genes.append(gene_of_row(int(taxon), cells[1:], nomenclature))
    return [gene for gene in genes if gene is not None]


def _keywords(value: Any, nomenclature: Nomenclature) -> list[str]:
    """Return the distinct keywords of the flat gene list under schema-jsonld."""
    keywords: dict[str, None] = {}
    entries_left = MAX_GENES
    for block in _mappings(value if isinstance(value, list) else [value]):
        entries = block.get("keywords")
        entries_left -= len(entries) if isinstance(entries, list) else 1
        if entries_left < 0:
            raise RecordError(f"its gene list has over {MAX_GENES:,} entries")
        if isinstance(entries, list):
            own = read_keywords(entries, nomenclature)
        else:
            own = [read_symbol(entries)]
        keywords |= dict.fromkeys(filter(None, own))
    return list(keywords)
