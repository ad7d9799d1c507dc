"""Read PFOCR figure records, every layout that occurs.

A record is a Markdown file of one YAML block between ``---`` fences. Its genes stand in a
companion table ``FIGID-genes.tsv``, or inline under ``genes``, or only as a flat keyword
list under ``schema-jsonld``. (The top-level ``keywords`` are the paper's author keywords.)
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

import ftfy
import yaml
from ftfy.badness import is_bad

from nerbench.errors import RecordError
from nerbench.nomenclature.folding import normalize_typography
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene, Figure

__all__ = ["MAX_CAPTION", "parse_record"]

_T = TypeVar("_T")

MAX_CAPTION = 20_000
"""Characters; the longest real captions have some ten thousand."""

# Far beyond any real record, and what makes sure that none takes long or fills the memory.
_MAX_TEXT = 5_000
_MAX_FIGID = 200
_MAX_CELL = 500
_MAX_GENES = 10_000
_MAX_ORGANISMS = 100

_PLACEHOLDER = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "~", ".na.character", "na_character_"}
)
_DEEPEST = 1000
_LONGEST_TAXON = 9  # digits
_SEVERAL = re.compile(r"\s*(?:[,;|/&\n]|\band\b)\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SHORTEST_RUN = 200
_RUN = re.compile(rf"[-?](?<![-?][ \t].)[ \t]++(?:[-?][ \t]++){{{_SHORTEST_RUN - 1}}}")


class _Loader(yaml.CSafeLoader):
    """The safe C loader, with every plain scalar left a string: a gene may be called ``On``.

    It merges no mappings (``!!merge``): a few lines of merges can stand for billions of fields.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave a mapping as it is written."""


class _UnplainError(yaml.YAMLError):
    """A block has more to it than strings, lists and mappings."""


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
    figid = _field(fields, "figid")
    if not figid:
        raise RecordError("no record: it has no figid")
    if len(figid) > _MAX_FIGID or " " in figid or not figid.isprintable():
        raise RecordError(f"its figid is no identifier: {figid[:60]!a}")
    published = _field(fields, "caption", MAX_CAPTION)
    caption = _visible(_mended(published))
    organisms = _organisms(fields, "organisms")
    organisms_ner = _organisms(fields, "organisms_ner")

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
        title=_text(fields, "figtitle"),
        paper_title=_text(fields, "papertitle"),
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
        fields = _read(block)
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
    marks = block.count("-") + block.count("?")
    if marks >= _SHORTEST_RUN and _RUN.search(block):
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


def _read(block: str) -> Any:
    """What `yaml.load` makes of a block, in a third of its time where that is strings in lists and
    mappings, without tags and anchors. Any other, and what is wrong with one, it is asked itself.
    """
    try:
        return _plain_document(_Loader(block).get_event)
    except (yaml.YAMLError, RecursionError):
        return yaml.load(block, _Loader)


def _plain_document(following: Callable[[], Any]) -> Any:
    following()  # the stream's start
    if type(following()) is not yaml.DocumentStartEvent:
        raise _UnplainError
    found = _plain(following(), following)
    following()  # the document's end
    if type(following()) is not yaml.StreamEndEvent:
        raise _UnplainError
    return found


def _plain(event: Any, following: Callable[[], Any]) -> Any:
    """The string, list or mapping that begins with an event."""
    if event.anchor is not None or event.tag is not None:
        raise _UnplainError
    if type(event) is yaml.ScalarEvent:
        return event.value
    if type(event) is yaml.SequenceStartEvent:
        entries = []
        while type(entry := following()) is not yaml.SequenceEndEvent:
            entries.append(_plain(entry, following))
        return entries
    fields = {}
    while type(key := following()) is not yaml.MappingEndEvent:
        if type(key) is not yaml.ScalarEvent:
            raise _UnplainError
        fields[_plain(key, following)] = _plain(following(), following)
    return fields


def _scalar(value: Any) -> str:
    """A field as text; a placeholder, or what is no text, is empty."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.casefold() in _PLACEHOLDER else text


def _bounded(text: str, what: str, most: int) -> str:
    """The text. Raises RecordError if it is longer than any of its kind can be."""
    if len(text) > most:
        raise RecordError(f"its {what} has {len(text):,} characters, over {most:,}")
    return text


def _visible(text: str) -> str:
    """The text with a space for every control character: none is to reach a terminal."""
    return (text if text.isprintable() else _CONTROL.sub(" ", text)).strip()


def _mended(text: str) -> str:
    """The text as it was before it was decoded wrongly.

    ftfy leaves ASCII alone, and tells other text by a few characters that stand together, one of
    them beyond ASCII: the text around those is enough to see that there is nothing to mend.
    """
    if text.isascii():
        return text
    around = (text[max(0, at.start() - 8) : at.end() + 8] for at in _BEYOND_ASCII.finditer(text))
    return ftfy.fix_encoding(text) if is_bad(" ".join(around)) else text


def _text(fields: dict[str, Any], name: str) -> str:
    return _visible(_mended(_field(fields, name)))


def _field(fields: dict[str, Any], name: str, most: int = _MAX_TEXT) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"its {name} is a {type(value).__name__}, not text")
    return _bounded(_scalar(value), name, most)


def _organisms(fields: dict[str, Any], field: str) -> tuple[str, ...]:
    """Organism names from a list or a string, which may hold several."""
    value = fields.get(field)
    entries = value if isinstance(value, list) else [value]
    found: dict[str, None] = {}
    for entry in entries:
        for name in _SEVERAL.split(_bounded(_scalar(entry), field, _MAX_TEXT)):
            if name := _visible(_scalar(name)):
                found[name] = None
        if len(found) > _MAX_ORGANISMS:
            raise RecordError(f"its {field} are over {_MAX_ORGANISMS}")
    return tuple(found)


def _cell(value: Any) -> str:
    """An entry of a gene list."""
    text = _bounded(_scalar(value), "gene list: an entry", _MAX_CELL)
    return text if text.isprintable() else _visible(text)


def _symbol(value: Any) -> str:
    """An entry in Latin letters where look-alikes were typed for them."""
    text = _cell(value)
    return text if text.isascii() and text.isalnum() else normalize_typography(text)


def _few(rows: Sequence[_T]) -> Sequence[_T]:
    """The rows. Raises RecordError if they are more than any gene list has."""
    if len(rows) > _MAX_GENES:
        raise RecordError(f"its gene list has {len(rows):,} entries, over {_MAX_GENES:,}")
    return rows


def _rows(value: Sequence[Any]) -> list[dict[str, Any]]:
    return [row for row in _few(value) if isinstance(row, dict)]


def _inline(value: Any) -> list[CuratedGene]:
    """Genes of the 2021 layout: a human lexicon only."""
    return [
        CuratedGene(9606, symbol, _cell(row.get("entrez")) or None, _words(row.get("word")))
        for row in _rows(value if isinstance(value, list) else [])
        if (symbol := _symbol(row.get("hgnc_symbol")))
    ]


def _companion(raw: bytes | None, figid: str) -> list[CuratedGene]:
    """Genes of a companion table."""
    if raw is None or not raw.strip():
        return []
    lines = raw.decode("utf-8-sig", errors="replace").splitlines()
    if (longest := max(map(len, lines))) > _MAX_TEXT:
        raise RecordError(
            f"{figid}-genes.tsv has a line of {longest:,} characters, over {_MAX_TEXT:,}"
        )
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    if not {"organism_id", "ncbigene_symbol"} <= set(header):
        raise RecordError(f"{figid}-genes.tsv has no columns organism_id and ncbigene_symbol")
    places = {name: at for at, name in enumerate(header)}
    wanted = [
        places.get(name) for name in ("organism_id", "ncbigene_symbol", "ncbigene_id", "word")
    ]
    genes = []
    for row in _few([row for row in rows if row]):
        cells = [None if at is None or at >= len(row) else row[at] for at in wanted]
        taxon, symbol = _scalar(cells[0]), _symbol(cells[1])
        if symbol and taxon.isdecimal() and len(taxon) <= _LONGEST_TAXON:
            gene_id = _cell(cells[2]) or None
            genes.append(CuratedGene(int(taxon), symbol, gene_id, _words(cells[3])))
    return genes


def _words(value: Any) -> tuple[str, ...]:
    """The word read in the image."""
    word = _symbol(value)
    return (word,) if word else ()


def _keywords(value: Any) -> list[str]:
    """The flat gene list under schema-jsonld, each keyword once."""
    blocks: Sequence[Any] = value if isinstance(value, list) else [value]
    found: dict[str, None] = {}
    left = _MAX_GENES
    for block in _rows(blocks):
        entries = block.get("keywords")
        for entry in entries if isinstance(entries, list) else [entries]:
            if symbol := _symbol(entry):
                found[symbol] = None
            left -= 1
        if left < 0:
            raise RecordError(f"its gene list has over {_MAX_GENES:,} entries")
    return list(found)


def _merge(genes: Iterable[CuratedGene]) -> tuple[CuratedGene, ...]:
    """Each (taxon, symbol) once, with all its words, in the order of first appearance."""
    merged: dict[tuple[int, str], list[CuratedGene]] = {}
    for gene in genes:
        merged.setdefault(gene.key, []).append(gene)
    return tuple(
        same[0]
        if len(same) == 1
        else CuratedGene(
            *key,
            next((gene.gene_id for gene in same if gene.gene_id), None),
            tuple(dict.fromkeys(word for gene in same for word in gene.words)),
        )
        for key, same in merged.items()
    )
