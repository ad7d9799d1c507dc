"""Figures as plain fields, and back without loss: what `nerbench corpus convert` writes.

The names of the fields are those of records; ``curated``, ``unassigned`` and ``gold`` hold what a
record's gene tables and an annotated corpus say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nerbench.corpus.record_values import (
    MAX_CAPTION,
    MAX_GENES,
    MAX_TEXT,
    blank_controls,
    check_figid,
    check_length,
)
from nerbench.errors import RecordError
from nerbench.records import CuratedGene, Figure, Mention

_TEXTS = {
    "figtitle": "title",
    "papertitle": "paper_title",
    "pmcid": "pmcid",
    "doi": "doi",
    "year": "year",
    "journal_title": "journal",
    "publisher_name": "publisher",
}
"""Attributes of a figure by the names of their fields."""

MARK = "curated"
"""The field by which a record or a table is known to hold whole figures."""


def figure_fields(figure: Figure) -> dict[str, Any]:
    """Return a figure as fields of strings, numbers, lists and mappings.

    >>> fields = figure_fields(Figure("F1", "p53", curated=(CuratedGene(9606, "TP53"),)))
    >>> fields["curated"]
    [{'taxon': 9606, 'symbol': 'TP53', 'gene_id': None, 'words': [], 'parts': []}]
    >>> read_figure_fields(fields) == Figure("F1", "p53", curated=(CuratedGene(9606, "TP53"),))
    True
    """
    texts = {field: getattr(figure, name) for field, name in _TEXTS.items()}
    return {
        "figid": figure.figid,
        **texts,
        "organisms": list(figure.organisms),
        "organisms_ner": list(figure.organisms_ner),
        "caption": figure.caption,
        "published": figure.published,
        MARK: [
            {
                "taxon": gene.taxon,
                "symbol": gene.symbol,
                "gene_id": gene.gene_id,
                "words": list(gene.words),
                "parts": [{"word": word, "part": part} for word, part in gene.parts],
            }
            for gene in figure.curated
        ],
        "unassigned": list(figure.unassigned),
        "gold": None if figure.gold is None else list(map(_mention_fields, figure.gold)),
    }


def _mention_fields(mention: Mention) -> dict[str, Any]:
    return {
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "label": mention.label,
        "score": mention.score,
        "ids": list(mention.ids),
    }


def read_figure_fields(fields: Mapping[str, Any], source: str = "") -> Figure:
    """Return the figure of some fields. Raises RecordError for a field of another kind."""
    try:
        curated = _sequence(fields[MARK])
        if len(curated) > MAX_GENES:
            raise RecordError(f"its gene list has {len(curated):,} entries, over {MAX_GENES:,}")
        gold = fields.get("gold")
        return Figure(
            figid=check_figid(_text(fields["figid"])),
            caption=check_length(_text(fields.get("caption")), "caption", MAX_CAPTION),
            organisms=_texts(fields.get("organisms")),
            organisms_ner=_texts(fields.get("organisms_ner")),
            curated=tuple(map(_gene, curated)),
            unassigned=_texts(fields.get("unassigned")),
            gold=None if gold is None else tuple(map(_mention, _sequence(gold))),
            published=_text(fields.get("published")),
            source=source,
            **{
                name: check_length(_text(fields.get(field)), field, MAX_TEXT)
                for field, name in _TEXTS.items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:100]
        raise RecordError(f"a field is missing or of the wrong kind ({reason})") from None


def _gene(fields: Mapping[str, Any]) -> CuratedGene:
    parts = ((_text(pair["word"]), _text(pair["part"])) for pair in _sequence(fields.get("parts")))
    return CuratedGene(
        int(fields["taxon"]),
        _text(fields["symbol"]),
        _text(fields.get("gene_id")) or None,
        _texts(fields.get("words")),
        tuple(parts),
    )


def _mention(fields: Mapping[str, Any]) -> Mention:
    score = fields.get("score")
    return Mention(
        int(fields["start"]),
        int(fields["end"]),
        _text(fields["text"]),
        _text(fields.get("label")) or "GENE",
        None if score in (None, "") else float(score),
        _texts(fields.get("ids")),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return blank_controls(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _sequence(value)))


def _sequence(value: Any) -> Sequence[Any]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        raise TypeError(f"{str(value)[:40]!r} is no list")
    return value
