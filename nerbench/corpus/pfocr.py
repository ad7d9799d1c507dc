"""Read PFOCR figure records in every layout that occurs.

A record is one YAML block. Its genes are in a companion table ``FIGID-genes.tsv``, inline under
``genes``, or in a flat list under ``schema-jsonld``; top-level ``keywords`` are the authors'.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any, ClassVar, TypeVar

import yaml

from nerbench.errors import RecordError
from nerbench.folding import normalize_typography
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene, Figure
from nerbench.spans.formats.text_files import lines_of
from nerbench.spans.published_text import read_published

_T = TypeVar("_T")

MAX_CAPTION = 20_000
"""Characters; the longest real captions have some ten thousand."""

# Far beyond any real record: they bound the time and memory that one record can take.
_MAX_TEXT = 5_000  # characters of a field or of a line in a gene table
_MAX_FIGID = 200  # characters
_MAX_CELL = 500  # characters of an entry in a gene list
_MAX_GENES = 10_000
_MAX_ORGANISMS = 100
_MAX_TAXON_DIGITS = 9
_MAX_DEPTH = 1000  # nested collections

_PLACEHOLDER = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "~", ".na.character", "na_character_"}
)
_INLINE_FIELDS = ("hgnc_symbol", "entrez", "word", "symbol")  # `symbol` is what the word matched
_JOINT_WORD = re.compile(r"[^\W_]\W*[,;/|+&]+\W*[^\W_]")  # TLR7/9; AMPK,p53
_ORGANISM_SEPARATOR = re.compile(r"\s*(?:[,;|/&\n]|\band\b)\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
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
    if " " in check_figid(figid):
        raise RecordError(f"its figid is no identifier: {figid[:60]!a}")
    published = _field(fields, "caption", MAX_CAPTION)
    caption = _replace_controls(read_published(published))
    organisms = _organisms(fields, "organisms")
    organisms_ner = _organisms(fields, "organisms_ner")

    genes = _table_genes(table(figid), figid, nomenclature)
    genes = genes or _inline_genes(fields.get("genes"), nomenclature)
    unassigned: tuple[str, ...] = ()
    if not genes:
        keywords = _keywords(fields.get("schema-jsonld"), nomenclature)
        taxa = assign_keywords(keywords, nomenclature, organisms, organisms_ner)
        assigned = list(zip(keywords, taxa, strict=True))
        genes = [CuratedGene(taxon, keyword) for keyword, taxon in assigned if taxon is not None]
        unassigned = tuple(keyword for keyword, taxon in assigned if taxon is None)
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
        published="" if caption == published else published,
        source=source,
    )


def check_figid(figid: str) -> str:
    """Return a figure's id. Raises RecordError if it is too long, or not printable."""
    if len(figid) > _MAX_FIGID or not figid.isprintable():
        raise RecordError(f"its figid is no identifier: {figid[:60]!a}")
    return figid


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
    except (yaml.YAMLError, RecursionError):
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


def _scalar(value: Any) -> str:
    """Return a value as text; a placeholder or another type is empty."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.casefold() in _PLACEHOLDER else text


def _check_length(text: str, name: str, limit: int) -> str:
    """Return the text. Raises RecordError if it is longer than the limit."""
    if len(text) > limit:
        raise RecordError(f"its {name} has {len(text):,} characters, over {limit:,}")
    return text


def _replace_controls(text: str) -> str:
    """Replace every control character by a space, so that none reaches a terminal."""
    return (text if text.isprintable() else _CONTROL.sub(" ", text)).strip()


def _text(fields: dict[str, Any], name: str) -> str:
    return _replace_controls(read_published(_field(fields, name)))


def _field(fields: dict[str, Any], name: str, limit: int = _MAX_TEXT) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"its {name} is a {type(value).__name__}, not text")
    return _check_length(_scalar(value), name, limit)


def _organisms(fields: dict[str, Any], field: str) -> tuple[str, ...]:
    """Return the distinct organism names of a list or a string; each entry can hold several."""
    value = fields.get(field)
    entries = value if isinstance(value, list) else [value]
    names: dict[str, None] = {}
    for entry in entries:
        parts = _ORGANISM_SEPARATOR.split(_check_length(_scalar(entry), field, _MAX_TEXT))
        names |= dict.fromkeys(name for part in parts if (name := _replace_controls(_scalar(part))))
        if len(names) > _MAX_ORGANISMS:
            raise RecordError(f"its {field} are over {_MAX_ORGANISMS}")
    return tuple(names)


def _cell(value: Any) -> str:
    text = _check_length(_scalar(value), "gene list: an entry", _MAX_CELL)
    return text if text.isprintable() else _replace_controls(text)


def _symbol(value: Any) -> str:
    """Return an entry with Latin letters for the look-alikes of other scripts."""
    text = _cell(value)
    return text if text.isascii() and text.isalnum() else normalize_typography(text)


def _check_count(rows: Sequence[_T]) -> Sequence[_T]:
    """Return the rows. Raises RecordError if there are more than any gene list has."""
    if len(rows) > _MAX_GENES:
        raise RecordError(f"its gene list has {len(rows):,} entries, over {_MAX_GENES:,}")
    return rows


def _mappings(entries: Sequence[Any]) -> list[dict[str, Any]]:
    return [entry for entry in _check_count(entries) if isinstance(entry, dict)]


def _inline_genes(value: Any, nomenclature: Nomenclature) -> list[CuratedGene]:
    """Return the genes of the 2021 layout, which are all human."""
    genes = (
        _gene(9606, [row.get(name) for name in _INLINE_FIELDS], nomenclature)
        for row in _mappings(value if isinstance(value, list) else [])
    )
    return [gene for gene in genes if gene is not None]


def _gene(taxon: int, row_fields: Sequence[Any], nomenclature: Nomenclature) -> CuratedGene | None:
    """Return the gene of a row (its symbol, id, word and match), or None if it has none.

    R writes NA also for symbols that it took for one of its own: then the id says the gene. The
    fly has genes ``na`` and ``nan``, and images have words like them.
    """
    symbol, gene_id, word, match = row_fields
    number = _cell(gene_id) or None
    official = _symbol(symbol)
    if not official and taxon in nomenclature:
        row = nomenclature[taxon].by_id.get(number or "")
        if row is not None:
            official = nomenclature[taxon].symbols[row]
        else:
            official = _exact_symbol(symbol, nomenclature, taxon)
    if not official:
        return None
    text = word.strip() if isinstance(word, str) else ""
    image_word = text if text.casefold() == official.casefold() else _symbol(word)
    words = (image_word,) if image_word else ()
    part = _symbol(match) if _JOINT_WORD.search(image_word) else ""
    return CuratedGene(taxon, official, number, words, ((image_word, part),) if part else ())


def _exact_symbol(value: Any, nomenclature: Nomenclature, *taxa: int) -> str:
    """Return a text that is an official symbol in exact case, of these or any taxa, or nothing."""
    text = value.strip() if isinstance(value, str) else ""
    return text if any(text in nomenclature[taxon].exact for taxon in taxa or nomenclature) else ""


def _table_genes(raw: bytes | None, figid: str, nomenclature: Nomenclature) -> list[CuratedGene]:
    if raw is None or not raw.strip():
        return []
    lines = lines_of(raw.decode("utf-8-sig", errors="replace"))
    if (longest := max(map(len, lines))) > _MAX_TEXT:
        raise RecordError(
            f"{figid}-genes.tsv has a line of {longest:,} characters, over {_MAX_TEXT:,}"
        )
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    if not {"organism_id", "ncbigene_symbol"} <= set(header):
        raise RecordError(f"{figid}-genes.tsv has no columns organism_id and ncbigene_symbol")
    columns = {name: index for index, name in enumerate(header)}
    names = ("organism_id", "ncbigene_symbol", "ncbigene_id", "word", "match")
    indexes = [columns.get(name) for name in names]
    genes = []
    for row in _check_count([row for row in rows if row]):
        cells = [None if i is None or i >= len(row) else row[i] for i in indexes]
        taxon = _scalar(cells[0])
        if taxon.isdecimal() and len(taxon) <= _MAX_TAXON_DIGITS:
            genes.append(_gene(int(taxon), cells[1:], nomenclature))
    return [gene for gene in genes if gene is not None]


def _keywords(value: Any, nomenclature: Nomenclature) -> list[str]:
    """Return the distinct keywords of the flat gene list under schema-jsonld.

    A word in a list that stands for nothing elsewhere counts if it is, in exact case, an official
    symbol: ``nan`` of the fly.
    """
    keywords: dict[str, None] = {}
    entries_left = _MAX_GENES
    for block in _mappings(value if isinstance(value, list) else [value]):
        entries = block.get("keywords")
        listed = entries if isinstance(entries, list) else [entries]
        entries_left -= len(listed)
        if entries_left < 0:
            raise RecordError(f"its gene list has over {_MAX_GENES:,} entries")
        for entry in listed:
            symbol = _symbol(entry)
            if listed is entries and not symbol:
                symbol = _exact_symbol(entry, nomenclature)
            if symbol:
                keywords[symbol] = None
    return list(keywords)


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
