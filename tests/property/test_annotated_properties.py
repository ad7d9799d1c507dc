"""Annotated texts of any content: reading never fails, and what is read holds together."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prediction_writers import Writer, bioc_json, bioc_xml, brat, pubtator
from strategies import marked_captions

from nerbench import Mention, open_corpus

SEPARATORS = re.compile(r"[\r\n\t|]")


@st.composite
def labelled(draw: st.DrawFn) -> tuple[str, list[Mention]]:
    """A caption without the signs that PubTator parts fields with, and mentions of three labels."""
    caption, mentions = draw(
        marked_captions().filter(
            lambda pair: not SEPARATORS.search(pair[0]) and pair[0].isprintable()
        )
    )
    labels = st.sampled_from(["Gene", "Protein", "Cell"])
    ids = st.sampled_from([(), ("3569",), ("7157", "4193")])
    return caption, [
        Mention(one.start, one.end, one.text, draw(labels), ids=draw(ids)) for one in mentions
    ]


@pytest.mark.parametrize("writer", [pubtator, bioc_xml, bioc_json, brat])
@given(content=labelled())
@settings(max_examples=25)
def test_gold_is_what_was_written_in_every_format(
    writer: Writer, content: tuple[str, list[Mention]]
) -> None:
    caption, mentions = content
    with TemporaryDirectory() as folder:
        corpus = open_corpus(writer({"F1": (caption, mentions)}, Path(folder)))
        (figure,) = corpus
    assert corpus.skipped == []
    genes = {(one.start, one.end) for one in mentions if one.label != "Cell"}
    assert figure.gold is not None or not genes
    assert {(mark.start, mark.end) for mark in figure.gold or ()} == genes
    known = {"3569": "IL6", "7157": "TP53", "4193": "MDM2"}
    curated = {known[i] for one in mentions if one.label != "Cell" for i in one.ids}
    assert {gene.symbol for gene in figure.curated} == curated


@pytest.mark.parametrize("writer", [pubtator, bioc_xml, bioc_json])
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_spoiled_bytes_stop_no_reading(writer: Writer, data: st.DataObject) -> None:
    content = data.draw(labelled())
    with TemporaryDirectory() as folder:
        path = writer({"F1": content, "F2": ("IL-6 binds", [Mention(0, 4, "IL-6")])}, Path(folder))
        raw = path.read_bytes()
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
        path.write_bytes(raw[:start] + data.draw(st.binary(max_size=20)) + raw[end:])
        corpus = open_corpus(path)
        figures = list(corpus)
    assert figures or corpus.skipped
    assert all(str(problem).isprintable() for problem in corpus.skipped)
    for figure in figures:
        for mark in figure.gold or ():
            mark.check(figure.caption)
