"""Plain words for the codes of the tables, the same in all reports."""

from __future__ import annotations

from nerbench.engine.work_list import WorkKind
from nerbench.scoring.reasons import MissReason, Outcome
from nerbench.scoring.strata import NO_VALUE, OTHER_VALUES

MISSED = {
    str(MissReason.NOT_IN_CAPTION): (
        "not named in the caption",
        "no span of the caption can mean the gene",
    ),
    str(MissReason.NOT_DETECTED): (
        "named in the caption, not found",
        "the caption has a name that can mean it, and no mention touches the place",
    ),
    str(MissReason.WRONG_BOUNDARY): (
        "named in the caption, found with other ends",
        "a mention overlaps the place, but its name means something else",
    ),
    str(MissReason.LOOSER_LEVEL_ONLY): (
        "found at a looser level only",
        "a name means it, but only at a looser level",
    ),
}
"""The label and the meaning of each reason of a missed gene."""

OFF_LIST = {
    str(Outcome.GENE_NOT_ON_LIST): (
        "gene named in the caption, not on the list",
        "a gene of the figure's organism that is not on its list",
    ),
    str(Outcome.FAMILY_NOT_ON_LIST): (
        "family named in the caption, not on the list",
        "a family none of whose members is on the list",
    ),
    str(Outcome.OTHER_ORGANISM): (
        "gene of another organism",
        "it means a gene of another organism",
    ),
    str(Outcome.DEFINED_OTHERWISE): (
        "defined in the caption as no gene",
        "the caption defines it as something other than a gene",
    ),
    str(Outcome.UNKNOWN): (
        "in no lexicon",
        "no lexicon knows it at this level",
    ),
}
"""The label and the meaning of each outcome of a name off the list."""

WORK = {
    str(WorkKind.CONTRADICTED): "on the list, contradicted by the caption",
    str(WorkKind.GENE): OFF_LIST[Outcome.GENE_NOT_ON_LIST][0],
    str(WorkKind.FAMILY): OFF_LIST[Outcome.FAMILY_NOT_ON_LIST][0],
}
"""The label of each kind of row of the work list."""

LABELS = {code: label for code, (label, _) in (MISSED | OFF_LIST).items()} | {
    str(Outcome.ON_LIST): "on the list"
}
"""The label of each reason and outcome."""
MEANINGS = {code: meaning for code, (_, meaning) in (MISSED | OFF_LIST).items()}
"""The meaning of each reason and outcome, but that of a name on the list."""

COLUMNS = {
    "year": "year of publication",
    "journal": "journal",
    "publisher": "publisher",
    "caption_length": "length of the caption in characters",
    "curated": "number of curated genes",
    "scope": "organisms in scope",
    "scope_from": "source of the scope",
    "seen_in_training": "whether any of the models was trained on the figure",
}
"""The title of each column that figures are grouped by; others have their own names."""

_VALUES = {
    ("caption_length", "0"): "no caption",
    ("scope_from", "organisms"): "named by the record",
    ("scope_from", "organisms_ner"): "found by text mining",
    ("scope_from", "curated genes"): "inferred from the list",
    ("scope_from", "option"): "given by the user",
}


def value_label(column: str, value: str) -> str:
    """Return a value of a column in plain words.

    >>> value_label("scope_from", "organisms_ner"), value_label("curated", "1-4")
    ('found by text mining', '1–4')
    >>> value_label("year", "no value"), value_label("journal", "A-B")
    ('not recorded', 'A-B')
    """
    if value == NO_VALUE:
        return "not recorded"
    if value == OTHER_VALUES:
        return "all other values"
    if (column, value) in _VALUES:
        return _VALUES[column, value]
    return value.replace("-", "–") if value.replace("-", "").isdecimal() else value
