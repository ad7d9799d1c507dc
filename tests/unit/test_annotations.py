"""Readers of annotated spans: every format, the variants that tools write, and broken lines."""

from __future__ import annotations

import json

import pytest

from nerbench import NerbenchError, RecordError
from nerbench.spans.formats.pubtator import parse_pubtator
from nerbench.spans.formats.reader import read_annotations
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.tag_sequences import decode


def read(tmp_path, text, name="file.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_annotations(path)


def places(annotations):
    return [
        (document.docid, span.start, span.end, span.label)
        for document in annotations.documents
        for span in document.spans
    ]


# --- the types


@pytest.mark.parametrize(
    "arguments",
    [(4, 4, "G"), (5, 4, "G"), (-1, 4, "G"), (0, 9, "G", (), ((0, 9),)),
     (0, 9, "G", (), ((0, 5), (4, 9))), (0, 9, "G", (), ((0, 3), (5, 8)))],
)  # fmt: skip
def test_an_invalid_span_is_refused(arguments):
    with pytest.raises(RecordError):
        Span(*arguments)


def test_a_repeated_document_is_refused_with_both_places():
    twice = [Document("7", source="a.xml", line=1), Document("7", source="a.xml", line=9)]
    with pytest.raises(RecordError, match=r"a\.xml:9: document 7 is already at a\.xml:1"):
        Annotations("a.xml", "bioc", twice)


# --- units of offsets

TEXT = "TGF-β1 and 𝛽-catenin bind IL-6."


def offsets_in(unit, text, mention):
    start = text.index(mention)
    encoding, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2)}[unit]
    before, inside = (len(part.encode(encoding)) // size for part in (text[:start], mention))
    return before, before + inside


@pytest.mark.parametrize("unit", ["utf-8", "utf-16"])
def test_offsets_in_other_units_are_recognized_by_the_texts(tmp_path, unit):
    mentions = ["TGF-β1", "𝛽-catenin", "IL-6"]
    places = [offsets_in(unit, TEXT, mention) for mention in mentions]
    lines = [f"7\t{s}\t{e}\t{m}\tGene\n" for m, (s, e) in zip(mentions, places, strict=True)]
    brat = [
        f"T{i}\tG {s} {e}\t{m}\n"
        for i, (m, (s, e)) in enumerate(zip(mentions, places, strict=True))
    ]
    (tmp_path / "7.txt").write_text(TEXT)
    for name, text in (("a.txt", f"7|t|{TEXT}\n" + "".join(lines)), ("7.ann", "".join(brat))):
        found = read(tmp_path, text, name)
        assert [TEXT[s.start : s.end] for s in found.documents[0].spans] == mentions
        assert (found.documents[0].unit, found.problems) == (unit, ())


def test_one_mention_that_is_elsewhere_does_not_change_the_unit(tmp_path):
    text = f"7|t|{TEXT}\n7\t0\t6\tTGF-β1\tG\n7\t11\t20\t𝛽-catenin\tG\n7\t27\t31\tIL-6\tG\n"
    found = read(tmp_path, text)
    assert found.documents[0].unit == "code-points"
    assert [problem.reason for problem in found.problems] == [
        "document 7 has 'L-6.' at 27-31, not 'IL-6'"
    ]


def test_a_mention_past_the_end_or_within_a_character_does_not_change_the_unit(tmp_path):
    lines = ("7\t7\t11\tIL-6", "7\t7\t13\tIL-6 ", "7\t1\t6\tand")
    found = read(tmp_path, "7|t|α and IL-6\n7|a|\n" + "".join(f"{line}\tG\n" for line in lines))
    assert found.documents[0].unit == "utf-8"
    assert [place[1:3] for place in places(found)] == [(6, 10), (6, 12), (0, 5)]
    assert [problem.reason for problem in found.problems] == [
        "document 7 has 11 characters: 6-12 is past its end",
        "document 7 has 'α and' at 0-5, not 'and'",
    ]


def test_the_unit_is_that_in_which_the_texts_stand_to_the_letter(tmp_path):
    found = read(tmp_path, "7|t|toxic Aβ42 tau\n7\t6\t11\tAβ42\tG\n")
    assert (found.documents[0].unit, places(found)) == ("utf-8", [("7", 6, 10, "G")])


def bioc_bytes(*texts_and_mentions):
    """A BioC document whose passages and annotations have offsets in bytes, a blank between."""
    passages, offset = [], 0
    for text, mention in texts_and_mentions:
        start = offset + len(text[: text.index(mention)].encode())
        passages.append(
            f"<passage><offset>{offset}</offset><text>{text}</text>"
            f'<annotation id="{start}"><infon key="type">Gene</infon>'
            f'<location offset="{start}" length="{len(mention.encode())}"/>'
            f"<text>{mention}</text></annotation></passage>"
        )
        offset += len(text.encode()) + 1
    document = f"<document><id>7</id>{''.join(passages)}</document>"
    return f"<collection>{document}</collection>"


def test_bytes_of_bioc_passages_are_converted(tmp_path):
    xml = bioc_bytes(("β-catenin – title.", "β-catenin"), ("No β here, but TNF-α.", "TNF-α"))
    document = read(tmp_path, xml).documents[0]
    assert document.text == "β-catenin – title. No β here, but TNF-α."
    assert [document.text[s.start : s.end] for s in document.spans] == ["β-catenin", "TNF-α"]
    assert document.unit == "utf-8"


def test_a_passage_far_past_the_text_is_refused(tmp_path):
    xml = bioc_bytes(("STAT3", "STAT3")).replace("<offset>0<", "<offset>99999999999<")
    with pytest.raises(RecordError, match="document 7: a text has the offset 99,999,999,999"):
        read(tmp_path, xml)


def test_a_folder_of_bioc_files_is_read(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.xml").write_text(bioc_bytes(("β IL-6", "IL-6")))
    (tmp_path / "b.xml").write_text(bioc_bytes(("STAT3", "STAT3")).replace("7", "8"))
    (tmp_path / "classes.json").write_text('[["Uniprot:P1", "NCBI gene:1"]]')
    found = read_annotations(tmp_path)
    assert places(found) == [("8", 0, 5, "Gene"), ("7", 2, 6, "Gene")]
    (tmp_path / "b.xml").write_text("<collection>")
    with pytest.raises(RecordError, match=r"b\.xml:1: not XML"):
        read_annotations(tmp_path)


def test_equivalence_classes_in_a_folder_of_bioc_json_are_no_documents(tmp_path):
    (tmp_path / "equivalence_classes.json").write_text('[["Uniprot:P1", "NCBI gene:1"]]')
    with pytest.raises(NerbenchError, match="a folder without"):
        read_annotations(tmp_path)
    annotation = {"id": "0", "infons": {"type": "Gene"}, "text": "MDM2"}
    annotation["locations"] = [{"offset": 5, "length": 4}]
    passage = {"offset": 0, "text": "Only MDM2", "annotations": [annotation]}
    (tmp_path / "a.json").write_text(json.dumps({"id": "9", "passages": [passage]}))
    assert places(read_annotations(tmp_path)) == [("9", 5, 9, "Gene")]


@pytest.mark.parametrize(
    ("label", "ids"),
    [("Uniprot:P17046", ("Uniprot:P17046",)), ("protein:GFP", ()), ("Gene", ()),
     ("NCBI gene:1|NCBI gene:2", ("NCBI gene:1", "NCBI gene:2")), ("CVCL_0030", ("CVCL_0030",))],
)  # fmt: skip
def test_a_bioc_type_may_hold_the_identifier(tmp_path, label, ids):
    xml = bioc_bytes(("STAT3", "STAT3")).replace(">Gene<", f">{label}<")
    assert read(tmp_path, xml).documents[0].spans == (Span(0, 5, label, ids),)


def test_the_bioid_corpus_counts_bytes_and_every_mention_is_found(shared):
    folder = shared / "corpora" / "BioID" / "caption_bioc"
    found = [read_annotations(path) for path in sorted(folder.glob("*.xml"))[::10]]
    assert not [file.problems for file in found if file.problems]
    documents = [document for file in found for document in file.documents]
    assert sum(document.unit == "utf-8" for document in documents) > len(documents) / 3
    spans = [(document.text, span) for document in documents for span in document.spans]
    assert all(text[span.start : span.end] == span.text for text, span in spans)


# --- PubTator

PUBTATOR = (
    "7|t|IL-6 binds.\n7|a|STAT3 too.\n7\t0\t4\tIL-6\tGene\t3569\n7\t12\t17\tSTAT3\tGene\t6774\n"
)


def test_pubtator(tmp_path):
    found = read(tmp_path, PUBTATOR)
    assert found.format == "pubtator"
    assert found.documents[0].text == "IL-6 binds. STAT3 too."
    assert places(found) == [("7", 0, 4, "Gene"), ("7", 12, 17, "Gene")]
    assert found.documents[0].spans[1].ids == ("6774",)
    assert found.problems == ()


@pytest.mark.parametrize(
    "line",
    ["7\t0\t4\tIL-6\tGene", "7\t0\t4\tIL-6\tGene\t", "7\t0\t4\til-6\tGene\t\t\t",
     "7\t0\t4\tIL-6\tGene\tNCBI Gene:3569\t\r", " 7\t0\t4\t\tGene\t-1"],
)  # fmt: skip
def test_pubtator_annotations_alone_however_they_end(tmp_path, line):
    found = read(tmp_path, line + "\n")
    assert places(found) == [("7", 0, 4, "Gene")]
    assert found.documents[0].text is None


@pytest.mark.parametrize(
    "head", ["7|t|IL-6 binds.\n", "7|a|IL-6 binds.\n", "7|t|IL-6 binds. STAT3 too.\n7|a|\n"]
)
def test_pubtator_title_or_abstract_missing_or_joined(tmp_path, head):
    found = read(tmp_path, head + "7\t0\t4\til-6\tGene\t3569\n")
    assert places(found) == [("7", 0, 4, "Gene")]
    assert found.problems == ()


def test_pubtator_documents_without_blank_lines_and_out_of_order(tmp_path):
    found = read(tmp_path, "7\t0\t4\tIL-6\tGene\n8\t0\t4\tIL-6\tGene\n7\t9\t12\tJAK\tGene\n")
    assert [len(document.spans) for document in found.documents] == [2, 1]


def test_pubtator_relations_are_skipped(tmp_path):
    found = read(tmp_path, PUBTATOR + "7\tCID\tD1\tD2\n7\tPositive_Correlation\t1\t2\tNovel\n")
    assert len(places(found)) == 2


def test_pubtator_text_that_differs_at_the_offsets_is_a_problem(tmp_path):
    found = read(tmp_path, "7|t|IL-6 binds.\n7\t1\t5\tIL-6\tGene\n")
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}/file.txt:2: document 7 has 'L-6 ' at 1-5, not 'IL-6'"
    ]


def test_pubtator_texts_may_hold_tabs_and_bars(tmp_path):
    found = read(tmp_path, "7|t|A\tIL-6|t|JAK\n7|a|\n7\t2\t6\tIL-6\tGene\n")
    assert found.documents[0].text == "A\tIL-6|t|JAK "
    assert found.problems == ()


def test_pubtator_mention_past_the_end_is_a_problem(tmp_path):
    found = read(tmp_path, "7|t|IL-6\n7|a|\n7\t0\t6\tIL-6\tGene\n")
    assert [problem.reason for problem in found.problems] == [
        "document 7 has 5 characters: 0-6 is past its end"
    ]


def test_pubtator_repeated_text_is_a_problem(tmp_path):
    found = read(tmp_path, "7|t|IL-6\n7|t|IL-6\n")
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}/file.txt:2: document 7 repeats its line |t|: read once"
    ]


def test_pubtator_document_without_annotations_is_listed(tmp_path):
    assert [len(d.spans) for d in read(tmp_path, "7|t|None.\n\n8|t|None.\n").documents] == [0, 0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("7\t0\tfour\tIL-6\tGene", r"file\.txt:2: the offset 'four' is not a whole number"),
        ("7\t4\t4\tIL-6\tGene", r"file\.txt:2: a span has the offsets 4-4"),
        ("7\t0\t4\tIL-6", r"file\.txt:2: not a PubTator line; write"),
        ("7\t0\t4\tIL-6\t\t3569", r"file\.txt:2: the annotation has no label"),
        ("some words", r"file\.txt:2: not a PubTator line"),
        ("7|t|Again", r"file\.txt:2: document 7 has a second line \|t\| that differs"),
    ],
)
def test_pubtator_broken_lines_are_named(tmp_path, line, message):
    with pytest.raises(RecordError, match=message):
        read(tmp_path, f"7|t|IL-6 binds.\n{line}\n")


# --- BioC

BIOC_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source/><date/><key/>
<document><id>7</id>
<passage><offset>0</offset><text>IL-6 binds.</text>
<annotation id="1"><infon key="type">Gene</infon><infon key="NCBI Gene">3569</infon>
<location offset="0" length="4"/><text>IL-6</text></annotation></passage>
<passage><offset>12</offset><text>STAT3 too.</text>
<annotation id="2"><infon key="type">Gene</infon><infon key="identifier">6774</infon>
<location offset="12" length="2"/><location offset="16" length="1"/><text>ST 3</text></annotation>
</passage></document></collection>
"""


def test_bioc_xml(tmp_path):
    found = read(tmp_path, BIOC_XML)
    assert found.format == "bioc"
    assert found.documents[0].text == "IL-6 binds. STAT3 too."
    assert places(found) == [("7", 0, 4, "Gene"), ("7", 12, 17, "Gene")]
    first, second = found.documents[0].spans
    assert (first.ids, second.ids) == (("3569",), ("6774",))
    assert (first.fragments, second.fragments) == ((), ((12, 14), (16, 17)))


@pytest.mark.parametrize("wrap", [lambda d: {"documents": [d]}, lambda d: d, lambda d: [d]])
def test_bioc_json(tmp_path, wrap):
    annotation = {
        "id": "1",
        "infons": {"type": "Gene", "identifier": "3569"},
        "text": "IL-6",
        "locations": [{"offset": 0, "length": 4}],
    }
    passage = {"offset": 0, "text": "IL-6 binds.", "annotations": [annotation]}
    found = read(tmp_path, json.dumps(wrap({"id": "7", "passages": [passage]}), indent=1))
    assert found.documents[0].spans == (Span(0, 4, "Gene", ("3569",)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<collection>\n<document>", r"file\.txt:2: not XML"),
        (BIOC_XML.replace('offset="0"', 'offset="x"'), r"file\.txt: not BioC"),
        (BIOC_XML.replace('length="4"', 'length="0"'), r"document 7: annotation 1: a span has"),
        (BIOC_XML.replace('"type"', '"kind"'), r"annotation 1 has no infon 'type'"),
        ('{"documents": [\n{"id": }]}', r"file\.txt:2: not JSON"),
        ('{"documents": 3}', r"file\.txt: not BioC"),
    ],
)
def test_broken_bioc_is_named(tmp_path, text, message):
    with pytest.raises(RecordError, match=message):
        read(tmp_path, text)


def test_bioc_text_that_differs_at_the_offsets_is_a_problem(tmp_path):
    found = read(tmp_path, BIOC_XML.replace('offset="0" length="4"', 'offset="1" length="4"'))
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}/file.txt: document 7 has 'L-6 ' at 1-5, not 'IL-6'"
    ]


# --- brat

BRAT = (
    "T1\tGENE 0 4\tIL-6\nT2\tGENE 5 7;10 12\tab cd\nE1\tBinding:T1\nR1\tx Arg1:T1 Arg2:T2\n"
    "#1\tAnnotatorNotes T1\tword\nN1\tReference T1 NCBIGene:3569\tIL6\n*\tEquiv T1 T2\n"
)


def test_brat_folder(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "1.ann").write_text(BRAT)
    (tmp_path / "1.txt").write_text("IL-6 ab : cd.")
    (tmp_path / "more" / "2.ann").write_text("")
    found = read_annotations(tmp_path)
    assert [(d.docid, d.text) for d in found.documents] == [
        ("1", "IL-6 ab : cd."), ("more/2", None),
    ]  # fmt: skip
    assert found.documents[0].spans == (
        Span(0, 4, "GENE", ("NCBIGene:3569",)),
        Span(5, 12, "GENE", (), ((5, 7), (10, 12))),
    )


def test_adjacent_brat_fragments_are_joined(tmp_path):
    found = read(tmp_path, "T1\tGENE 4 8;0 4\tab cd\n", "7.ann")
    assert found.documents == (Document("7", (Span(0, 8, "GENE"),)),)


def test_brat_text_that_differs_at_the_offsets_is_a_problem(tmp_path):
    (tmp_path / "1.ann").write_text("T1\tGENE 0 4\til-6\nT2\tGENE 5 7;9 11\tab dc\n")
    (tmp_path / "1.txt").write_text("IL-6 ab: cd.")
    assert [str(problem) for problem in read_annotations(tmp_path).problems] == [
        f"{tmp_path}/1.ann:2: document 1 has 'ab cd' at 5-11, not 'ab dc'"
    ]


def test_broken_brat_is_named(tmp_path):
    with pytest.raises(RecordError, match=r"7\.ann:2: not a text-bound annotation; write T1"):
        read(tmp_path, "T1\tGENE 0 4\tIL-6\nT2\tGENE 0\n", "7.ann")


def test_a_folder_of_unknown_files_is_refused(tmp_path):
    with pytest.raises(NerbenchError, match=r"without \.ann files"):
        read_annotations(tmp_path)


# --- CoNLL


@pytest.mark.parametrize(
    "tags",
    ["B-G I-G I-G O S-G", "B-G M-G E-G O S-G", "B-G I-G L-G O U-G", "B-G M-G E-G O W-G",
     "I-G I-G I-G O I-G", "B-G I-G I-G O B-G"],
)  # fmt: skip
def test_every_tag_scheme_reads_alike(tags):
    assert decode([tags.split()]).rows() == [(0, 0, 3, "G"), (0, 4, 5, "G")]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O I-G", [(1, 2, "G")]),
        ("B-G I-H", [(0, 1, "G"), (1, 2, "H")]),
        ("E-G E-G", [(0, 1, "G"), (1, 2, "G")]),
        ("S-G I-G", [(0, 1, "G"), (1, 2, "G")]),
        ("B-G S-G", [(0, 1, "G"), (1, 2, "G")]),
        ("B I O B", [(0, 2, "entity"), (3, 4, "entity")]),
    ],
)
def test_invalid_transitions_are_repaired_as_conlleval_does(tags, expected):
    assert decode([tags.split()]).rows() == [(0, *one) for one in expected]


def test_a_mention_ends_with_its_sentence():
    sentences = [["B-G"], [], ["I-G", "O"], []]
    assert decode(sentences).rows() == [(0, 0, 1, "G"), (2, 0, 1, "G")]
    assert decode([]).rows() == decode([[]]).rows() == []


def test_conll_sentences_are_documents(tmp_path):
    found = read(tmp_path, "-DOCSTART- O\n\nIL-6\tB-GENE\nR\tI-GENE\n\n\nJAK\tB-GENE")
    assert places(found) == [("sentence 1", 0, 6, "GENE"), ("sentence 2", 0, 3, "GENE")]
    assert found.problems == ()


@pytest.mark.parametrize(
    "line",
    ["IL-6 NN B-NP B-GENE", "IL-6\tNN\tB-GENE", "IL-6\t0\t4\tB-GENE", "IL-6\t0\t4\tNN\tB-GENE ",
     "IL-6 B-GENE\r"],
)  # fmt: skip
def test_conll_may_have_more_columns(tmp_path, line):
    found = read(tmp_path, f"{line}\n{line.replace('B-', 'I-')}\n")
    assert (found.format, places(found)) == ("conll", [("sentence 1", 0, 9, "GENE")])


def test_conll_repairs_are_reported_with_the_line(tmp_path):
    found = read(tmp_path, "a O\nb I-G\nc O\n\nd B-G\n")
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}/file.txt:2: I-G after O: read as the beginning of a mention"
    ]


def test_conll_an_open_end_in_iobes_is_reported(tmp_path):
    found = read(tmp_path, "a B-G\nb O\nc S-G\n")
    assert [problem.reason for problem in found.problems] == [
        "O after B-G: read as the end of a mention"
    ]


def test_conll_iob1_is_not_a_problem(tmp_path):
    assert read(tmp_path, "a I-G\nb B-G\nc O\nd I-G\n").problems == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [("lonely", r"file\.txt:2: no tag; write a token"), ("b X-G", r"file\.txt:2: the tag 'X-G'")],
)
def test_conll_broken_lines_are_named(tmp_path, line, message):
    with pytest.raises(RecordError, match=message):
        read(tmp_path, f"a O\n{line}\n")


# --- BioCreative II, and files that cannot be read


def test_bc2gm_ends_are_inclusive_in_the_file(tmp_path):
    (tmp_path / "GENE.eval").write_text("P1|0 3|IL-6\nP2|2 4|JAK\n")
    (tmp_path / "ALTGENE.eval").write_text("P1|0 1|IL\nP3|0 1|no gold there\n")
    found = read_annotations(tmp_path)
    assert places(found) == [("P1", 0, 4, "GENE"), ("P2", 2, 5, "GENE")]
    assert [len(document.alternatives) for document in found.documents] == [1, 0, 1]
    assert places(read_annotations(tmp_path / "GENE.eval")) == places(found)


def test_bc2gm_gold_without_alternatives_is_a_problem(tmp_path):
    (tmp_path / "GENE.eval").write_text("P1|0 3|IL-6\n")
    found = read_annotations(tmp_path)
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}: has no ALTGENE.eval: scored without alternatives"
    ]


def test_bc2gm_broken_lines_are_named(tmp_path):
    with pytest.raises(RecordError, match=r"file\.txt:2: not a gene mention; write SENTENCE"):
        read(tmp_path, "P1|0 3|IL-6\nP1 0 3 IL-6\n")


def test_an_empty_file_holds_no_documents(tmp_path):
    assert read(tmp_path, " \n").documents == ()


def test_a_file_of_unknown_format_is_refused(tmp_path):
    with pytest.raises(NerbenchError, match=r"file\.txt:2: unknown format; nerbench reads"):
        read(tmp_path, "\nDear reader\n")


def test_a_file_that_is_not_utf8_is_refused_with_the_line(tmp_path):
    with pytest.raises(RecordError, match=r"file\.txt:2: not UTF-8 \(byte 0xff\)"):
        read(tmp_path, b"7|t|IL-6\n7|a|\xff\n")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(NerbenchError, match="no such file or folder"):
        read_annotations(tmp_path / "none")


def test_pubtator_offset_that_is_no_number_is_no_relation() -> None:
    with pytest.raises(RecordError, match=":2"):
        parse_pubtator("1|t|IL-6\n1\tzero\t4\tIL-6\tGene\t1\n", "gold")


# --- CoNLL and PubTator that look like each other

ANNOTATIONS = ("7\t0\t4\tIL-6\t{}", "7\t9\t12\tJAK\t{}\t3716", "8\t0\t5\tSTAT3\t{}")


@pytest.mark.parametrize("label", ["B", "A", "O", "S", "o", "B-cell", "b-cell", "entity", "123"])
@pytest.mark.parametrize("end", ["\n", "\t\r\n", "\r"])
def test_annotation_lines_alone_are_pubtator_whatever_their_label(tmp_path, label, end):
    found = read(tmp_path, "".join(line.format(label) + end for line in ANNOTATIONS))
    assert found.format == "pubtator"
    assert places(found) == [("7", 0, 4, label), ("7", 9, 12, label), ("8", 0, 5, label)]


def test_labels_that_are_all_tags_do_not_make_tokens_of_annotations(tmp_path):
    lines = "d\t0\t3\tabc\tO\nd\t4\t9\tdefgh\tB\nd\tB\tO\tI\n"
    assert places(read(tmp_path, lines)) == [("d", 0, 3, "O"), ("d", 4, 9, "B")]


def test_normalized_texts_do_not_make_tokens_of_annotations(tmp_path):
    found = read(tmp_path, "12345\t0\t9\tTNF\tB\n12345\t20\t24\tIL-6 \tB-cell\n")
    assert (found.format, len(places(found))) == ("pubtator", 2)


@pytest.mark.parametrize(
    "rows",
    [
        ["IL-6\t0\t4\tNN\tB-GENE", "acts\t5\t9\tVV\tO"],
        ["a\t0\t1\tx\tB", "b\t2\t3\ty\tO", "c\t4\t5\tz\tO"],
        ["IL-6\t1\t1\tNN\tB-GENE", "acts\t1\t2\tVV\tO", "well\t1\t3\tAV\tO"],  # sentence, token
    ],
)
def test_tokens_with_two_numbers_are_conll(tmp_path, rows):
    found = read(tmp_path, "\n".join(rows) + "\n")
    assert (found.format, len(places(found))) == ("conll", 1)


@pytest.mark.parametrize("tags", ["b-gene i-gene o", "B-gene I-gene O", "b-gene I-gene o"])
def test_tags_in_lower_case_are_read(tmp_path, tags):
    rows = zip(["IL-6", "receptor", "acts"], tags.split(), strict=True)
    found = read(tmp_path, "".join(f"{token}\t{tag}\n" for token, tag in rows))
    assert (places(found), found.problems) == ([("sentence 1", 0, 13, "gene")], ())


COMMENTED = (
    "# sent_id = s1\n# text = KRAS acts O\nKRAS{s}B-Gene\nacts{s}O\n\n"
    "#newpar\n# a note\n#{s}O\nJAK2{s}B-Gene\n#1{s}O\n# newdoc\n\n#{s}B-Gene\n"
)


@pytest.mark.parametrize("separator", ["\t", " ", "\tNN\t"])
def test_a_comment_is_no_token_and_a_hash_is_one(tmp_path, separator):
    found = read(tmp_path, COMMENTED.replace("{s}", separator))
    assert [document.text for document in found.documents] == ["KRAS acts", "# JAK2 #1", "#"]
    assert [(place[0], *place[1:3]) for place in places(found)] == [
        ("sentence 1", 0, 4), ("sentence 2", 2, 6), ("sentence 3", 0, 1),
    ]  # fmt: skip
    assert [span.line for document in found.documents for span in document.spans] == [3, 9, 13]


def test_the_native_files_of_jnlpba_are_read(tmp_path):
    first, second = "IL-2\tB-DNA\ngene\tI-DNA\n", "CD28\tB-protein\n"
    text = f"###MEDLINE:95369245\n\n{first}\n###MEDLINE:95333264\n\n{second}"
    found = read(tmp_path, text, "Genia4ERtask2.iob2")
    assert places(found) == [("sentence 1", 0, 9, "DNA"), ("sentence 2", 0, 4, "protein")]
