"""Write the trained parts as a spaCy pipeline."""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import Language

from nerbench.recognizers.default.component import FACTORY, GeneFinder


def assemble(finder: GeneFinder, meta: dict[str, object]) -> Language:
    """Return the pipeline: the caption tokenizer and the gene finder."""
    nlp = spacy.blank(
        "en",
        config={"nlp": {"tokenizer": {"@tokenizers": "nerbench.caption_tokenizer.v1"}}},
    )
    pipe = nlp.add_pipe(FACTORY, name="genes")
    assert isinstance(pipe, GeneFinder)
    pipe.__dict__.update(finder.__dict__)
    nlp.meta.update(meta)
    return nlp


def write(finder: GeneFinder, folder: Path, meta: dict[str, object]) -> None:
    """Write the pipeline's folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    assemble(finder, meta).to_disk(folder, exclude=["vocab"])
