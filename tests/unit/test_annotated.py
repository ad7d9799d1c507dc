"""Annotated texts as a corpus: captions, gold and curated genes, in every format and container."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from prediction_writers import Writer, bioc_json, bioc_xml, brat, pubtator
from test_sources import record, tarred, write, zipped

from nerbench import CuratedGene, Figure, Mention, NerbenchError, open_corpus
from nerbench.corpus import Corpus
from nerbench.corpus.gene_id_map import GeneIdMap

BIOC = """<?xml version="1.0" encoding="UTF-8"?>
<collection><source>S</source><date>0</date><key>k</key>
{documents}
</collection>"""
DOCUMENT = """<document><id>{id}</id><passage><offset>0</offset><text>{text}</text>
{annotations}</passage></document>"""
ANNOTATION = """<annotation id="{id}"><infon key="type">{label}</infon>
<location offset="{start}" length="{length}"/><text>{text}</text></annotation>"""

CAPTION = "IL-6 and hedgehog act on p38, TNF-α and glucose."


def mention(text: str, label: str, *ids: str) -> Mention:
    start = CAPTION.index(text)
    return Mention(start, start + len(text), text, label, ids=ids)


MARKED = [
    mention("IL-6", "Gene", "3569"),
    mention("hedgehog", "protein", "42737"),
    mention("p38", "Gene", "1432", "5600"),
    mention("TNF-α", "Gene", "21926"),  # of the mouse
    mention("glucose", "Chemical", "999"),
]


def bioid(*annotations: tuple[int, int, str, str], figid: str = "7 Figure_1-A", text: str) -> str:
    """A document as BioID has it: offsets in bytes, the identifier in the type."""
    inner = "".join(
        ANNOTATION.format(id=number, start=start, length=length, label=label, text=words)
        for number, (start, length, label, words) in enumerate(annotations)
    )
    return DOCUMENT.format(id=figid, text=text, annotations=inner)


def bioid_file(*documents: str) -> str:
    return BIOC.format(documents="".join(documents))


def pack(path: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, a zip or a tar, by the name of the path."""
    writers = {".zip": zipped, ".gz": tarred}
    writers.get(path.suffix, write)(path, dict(files))


def reasons(corpus: Corpus) -> list[str]:
    return [str(problem) for problem in corpus.skipped]


@pytest.mark.parametrize("writer", [pubtator, bioc_xml, bioc_json, brat])
def test_text_is_the_caption_annotations_the_gold_and_identifiers_the_list(
    writer: Writer, tmp_path: Path
) -> None:
    corpus = open_corpus(writer({"F1": (CAPTION, MARKED)}, tmp_path))
    (figure,) = corpus
    assert (figure.figid, figure.caption.rstrip()) == ("F1", CAPTION)
    assert figure.gold is not None
    assert [(m.start, m.end, m.text, m.label) for m in figure.gold] == [
        (m.start, m.end, m.text, m.label) for m in MARKED[:4]
    ]
    assert figure.curated == (
        CuratedGene(9606, "IL6", "3569", ("IL-6",)),
        CuratedGene(7227, "hh", "42737", ("hedgehog",)),
        CuratedGene(9606, "MAPK14", "1432", ("p38",)),
        CuratedGene(9606, "MAPK11", "5600", ("p38",)),
    )
    assert figure.organisms == ("Homo sapiens", "Drosophila melanogaster")
    assert corpus.skipped == []
    assert "other labels than genes: Chemical (1); left out" in corpus.notes()[0]


@pytest.mark.parametrize("writer", [pubtator, bioc_xml, bioc_json, brat])
def test_html_in_a_text_is_read_and_the_marks_stand_where_it_was(
    writer: Writer, tmp_path: Path
) -> None:
    text = "p21<sup>Cip1</sup> &amp; TNF-&alpha; act on <i>IL6</i>, p &lt; 0.05; IL-1&amp;beta;."
    words = ("p21<sup>Cip1</sup>", "TNF-&alpha;", "<i>IL6</i>", "IL-1&amp;beta;")
    marks = [Mention(start := text.index(word), start + len(word), word, "Gene") for word in words]

    (figure,) = open_corpus(writer({"F1": (text, marks)}, tmp_path))

    caption = "p21Cip1 & TNF-α act on IL6, p < 0.05; IL-1β."
    assert (figure.caption.rstrip(), figure.published.rstrip()) == (caption, text)
    assert figure.gold is not None
    assert [(m.text, caption[m.start : m.end]) for m in figure.gold] == [
        (word, word) for word in ("p21Cip1", "TNF-α", "IL6", "IL-1β")
    ]


@pytest.mark.parametrize("kind", ["folder", "x.zip", "x.tar.gz"])
def test_the_container_makes_no_difference(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for writer, figid in ((brat, "A"), (bioc_xml, "B"), (pubtator, "C")):
        writer({figid: (CAPTION, MARKED)}, source)
    files = {
        path.relative_to(source).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }
    files["D.md"] = record("D")
    path = tmp_path / kind
    pack(path, files)
    corpus = open_corpus(path)
    figures = {figure.figid: figure for figure in corpus}
    assert figures.keys() == {"A", "B", "C", "D"}
    assert corpus.skipped == []
    assert figures["D"].gold is None
    for figid in "ABC":
        figure = replace(figures[figid], figid="A", caption=CAPTION)
        assert figure.curated == figures["A"].curated != ()
        assert figure.gold == figures["A"].gold or figid == "A" or _without_ids(figure, figures)


@pytest.mark.parametrize("kind", ["folder", "x.zip", "x.tar.gz"])
def test_the_suffix_of_brat_annotations_may_be_in_capitals(kind: str, tmp_path: Path) -> None:
    files = {"A.ANN": "T1\tGene 0 4\tMDM2\n", "A.txt": "MDM2 binds"}
    path = tmp_path / kind
    pack(path, files)
    corpus = open_corpus(path)
    assert [(figure.figid, figure.gold) for figure in corpus] == [
        ("A", (Mention(0, 4, "MDM2", "Gene"),))
    ]
    assert corpus.skipped == []


def _without_ids(figure: Figure, figures: Mapping[str, Figure]) -> bool:
    """Brat writes references with a database: NCBIGene:3569."""
    one, two = ([replace(m, ids=()) for m in f.gold or ()] for f in (figure, figures["A"]))
    return one == two


def test_bioid_has_offsets_in_bytes_and_identifiers_in_the_type(tmp_path: Path) -> None:
    # α has two bytes: STAT3 is at 10-15 in bytes, at 9-14 in characters.
    text = "α of p53: STAT3, GFP and ATP"
    marks = (
        (6, 3, "Uniprot:P04637", "p53"),
        (11, 5, "NCBI gene:6774|NCBI gene:6776", "STAT3"),
        (18, 3, "protein:GFP", "GFP"),
        (26, 3, "CHEBI:15422", "ATP"),
    )
    write(
        tmp_path,
        {
            "caption_bioc/7.xml": bioid_file(bioid(*marks, text=text)),
            "equivalence_classes.json": json.dumps([["Uniprot:P04637", "NCBI gene:7157"], ["a"]]),
        },
    )
    for path in (tmp_path, tmp_path / "caption_bioc", tmp_path / "caption_bioc" / "7.xml"):
        corpus = open_corpus(path)
        (figure,) = corpus
        assert figure.figid == "7 Figure_1-A"
        assert figure.gold == (
            Mention(5, 8, "p53", "Uniprot", ids=("Uniprot:P04637", "NCBI gene:7157")),
            Mention(10, 15, "STAT3", "NCBI gene", ids=("NCBI gene:6774", "NCBI gene:6776")),
            Mention(17, 20, "GFP", "protein"),
        )
        assert [gene.key for gene in figure.curated] == [
            (9606, "TP53"), (9606, "STAT3"), (9606, "STAT5A"),
        ]  # fmt: skip
        assert corpus.skipped == []


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("map.tsv", "From\tTo\nP04637\t7157\nQ00000\t1\n"),
        ("map.csv", 'id,"gene"\nuniprot:p04637,"7157; 22059"\n'),
        ("map.json", '[["Uniprot:P04637", "UniProt:Q1", "NCBI gene:7157"]]'),
        ("map.json", '{"P04637": ["9606:7157"], "Q1": "1"}'),
        ("map.json", '{"Uniprot:P04637": 7157}'),
    ],
)
def test_a_table_maps_identifiers_of_any_database(name: str, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(bioid_file(bioid((0, 3, "Uniprot:P04637", "p53"), text="p53 binds")))
    assert [figure.curated for figure in open_corpus(path)] == [()]
    (tmp_path / name).write_text(table, encoding="utf-8")
    (figure,) = open_corpus(path, id_map=tmp_path / name)
    assert figure.curated == (CuratedGene(9606, "TP53", "7157", ("p53",)),)


def test_an_accession_stands_for_that_of_any_database_and_a_number_does_not() -> None:
    ids = GeneIdMap([("Uniprot:P04637", ["7157"]), ("MGI:98834", ["7157"]), ("Q1", ["1"])])
    assert ids["P04637"] == ids["uniprot:p04637"] == ids["MGI:98834"] == ("7157",)
    assert ids["Swissprot:Q1"] == ("1",)
    for unknown in ("98834", "RGD:98834", "Swissprot:P04637", ""):
        assert ids[unknown] == (), unknown


@pytest.mark.parametrize(
    ("name", "table", "reason"),
    [
        ("map.tsv", "P04637\tTP53\n", "maps no identifier to an NCBI Gene id"),
        ("map.tsv", "", "maps no identifier"),
        ("map.json", "[1]", "no JSON list of lists of identifiers"),
        ("map.json", "{", "no JSON list of lists of identifiers"),
        ("map.json", "3", "no pair of identifiers"),
    ],
)
def test_a_table_that_maps_nothing_is_refused(
    name: str, table: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(table, encoding="utf-8")
    with pytest.raises(NerbenchError, match=f"{name}:.*{reason}"):
        GeneIdMap.read(path)


def test_a_broken_document_is_skipped_with_its_line_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text(
        "1|t|IL-6 binds.\n1\t0\t4\tIL-6\tGene\t3569\n\n"
        "2|t|STAT3 binds.\n2\t0\tfive\tSTAT3\tGene\t6774\n\n"
        "3|t|MDM2 binds.\n3\t2\t6\tMDM2\tGene\t4193\n\n"
        "4|t|TP53 binds.\n4\t0\t400\tTP53\tGene\t7157\n\n"
        "5\t0\t4\tTP53\tGene\t7157\n\n"
        "6|t|KRAS binds.\n6\t0\t4\tKRAS\tGene\t3845\n"
    )
    corpus = open_corpus(path)
    assert [figure.figid for figure in corpus] == ["1", "6"]
    assert reasons(corpus) == [
        f"{path}:5: the offset 'five' is not a whole number of up to 9 digits",
        f"{path}:8: document 3 has 'M2 b' at 2-6, not 'MDM2'",
        f"{path}:11: document 4 has 11 characters: 0-400 is past its end",
        f"{path}:13: document 5 has no text",
    ]


def test_a_broken_bioc_document_is_skipped_and_the_others_stay(tmp_path: Path) -> None:
    good = bioid((0, 4, "Gene", "IL-6"), figid="1", text="IL-6 binds")
    without_type = bioid((0, 4, "", "IL-6"), figid="2", text="IL-6 binds it")
    without_offset = good.replace("<offset>0</offset>", "").replace(">1<", ">3<")
    last = bioid((0, 4, "Gene", "TP53"), figid="4", text="TP53 binds")
    path = tmp_path / "corpus.xml"
    path.write_text(bioid_file(good, without_type, without_offset, last))
    corpus = open_corpus(path)
    assert [figure.figid for figure in corpus] == ["1", "4"]
    assert len(corpus.skipped) == 2
    assert "document 2: annotation 0 has no infon 'type'" in reasons(corpus)[0]
    assert "not BioC" in reasons(corpus)[1]
    path.write_text(bioid_file(good, last).replace("</collection>", "<docu"))
    corpus = open_corpus(path)
    assert [figure.figid for figure in corpus] == ["1", "4"]
    assert "not XML" in reasons(corpus)[0]


def test_a_broken_json_document_is_skipped_and_the_others_stay(tmp_path: Path) -> None:
    passage = {"offset": 0, "text": "IL-6 binds", "annotations": []}
    documents = [
        {"id": "1", "passages": [passage]},
        {"id": "2", "passages": [{"offset": "zero", "text": []}]},
        {"id": "3", "passages": [passage | {"text": "TP53 binds"}]},
    ]
    path = tmp_path / "corpus.json"
    path.write_text(json.dumps({"documents": documents}))
    corpus = open_corpus(path)
    assert [figure.figid for figure in corpus] == ["1", "3"]
    assert len(corpus.skipped) == 1


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", '{"name": "no corpus"}', "a JSON object with the fields name"),
        ("a.json", '{"documents": 1}', "not BioC"),
        ("a.json", "[1, 2]", "a JSON list"),
        ("a.json", "{", "JSON that is damaged"),
        ("a.xml", "<html><body/></html>", "HTML"),
        ("a.xml", "<broken", "XML with the root broken"),
        ("a.xml", "<collection><document>", "not XML"),
        ("a.txt", "Some words.\n", "plain text"),
        ("a.ann", "T1\tGene 0 4\tIL-6\n", "without their text"),
        ("a.csv", "id,text\n", "no row"),
    ],
)
def test_a_file_that_is_no_corpus_is_skipped_with_its_reason(
    name: str, text: str, reason: str, tmp_path: Path
) -> None:
    corpus = open_corpus(write(tmp_path, {name: text, "A.md": record("A")}))
    assert [figure.figid for figure in corpus] == ["A"]
    assert len(corpus.skipped) == 1
    assert any(part in reasons(corpus)[0] for part in reason.split("|"))


def test_texts_without_annotations_are_captions_that_nobody_marked(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("1|t|IL-6 binds.\n\n2|t|TP53 binds.\n")
    assert [figure.gold for figure in open_corpus(path)] == [None, None]


def test_texts_with_other_labels_only_are_not_marked_for_genes(tmp_path: Path) -> None:
    path = tmp_path / "drugs.txt"
    path.write_text("1|t|Aspirin binds.\n1\t0\t7\tAspirin\tDrug\n\n2|t|COX-2 binds.\n")
    corpus = open_corpus(path)
    assert [figure.gold for figure in corpus] == [None, None]
    assert "Drug (1); no caption is marked for genes (--map LABEL=GENE" in corpus.notes()[0]
    mapped = open_corpus(path, new_labels={"dr*": "GENE"})
    assert [figure.gold for figure in mapped] == [(Mention(0, 7, "Aspirin", "Drug"),), ()]
    assert mapped.notes() == []


def test_a_document_before_the_first_gene_is_marked_too(tmp_path: Path) -> None:
    path = tmp_path / "genes.txt"
    path.write_text("1|t|No gene.\n\n2|t|TP53 binds.\n2\t0\t4\tTP53\tGene\n\n3|t|Nor here.\n")
    assert [len(figure.gold or ()) for figure in open_corpus(path)] == [0, 1, 0]
    assert all(figure.gold is not None for figure in open_corpus(path))


def bioid_folder(root: Path) -> Path:
    """A folder of the BioID corpus: the first file without a gene, other labels in all three."""
    texts = {
        "1": [(0, 3, "CHEBI:15422", "ATP")],
        "2": [(0, 3, "Uniprot:P04637", "p53"), (8, 3, "CVCL_0030", "HeL")],
        "3": [(4, 3, "CHEBI:1", "GTP"), (0, 3, "Uniprot:Q00987", "hdm")],
    }
    files = {
        f"caption_bioc/{name}.xml": bioid_file(
            bioid(*marks, figid=name, text="".join(sorted_words(marks)))
        )
        for name, marks in texts.items()
    }
    table = [["Uniprot:P04637", "NCBI gene:7157"], ["Uniprot:Q00987", "NCBI gene:4193"]]
    write(root, {**files, "equivalence_classes.json": json.dumps(table)})
    return root


def sorted_words(marks: Sequence[tuple[int, int, str, str]]) -> Iterator[str]:
    end = 0
    for start, length, _, words in sorted(marks):
        yield " " * (start - end) + words
        end = start + length


def test_the_files_of_a_folder_are_the_folder(tmp_path: Path) -> None:
    root = bioid_folder(tmp_path)
    files = sorted((root / "caption_bioc").iterdir())
    by_folder, by_file = open_corpus(root), open_corpus(*files, root / "equivalence_classes.json")
    figures = list(by_folder)
    assert [len(figure.gold or ()) for figure in figures] == [0, 1, 1]
    assert [[gene.symbol for gene in figure.curated] for figure in figures] == [
        [], ["TP53"], ["MDM2"],
    ]  # fmt: skip
    assert list(by_file) == figures
    assert by_file.skipped == by_folder.skipped == []
    assert by_file.notes() == by_folder.notes()
    (note,) = by_file.notes()
    assert "other labels than genes: CHEBI (2), CVCL (1); left out" in note
    assert list(by_file) == figures  # and again, without counting twice
    assert by_file.notes() == [note]


def test_a_table_of_identifiers_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = bioid_folder(tmp_path)
    files = sorted((root / "caption_bioc").iterdir())
    read: list[Path] = []
    original = GeneIdMap.read

    def count(path: Path) -> GeneIdMap:
        read.append(path)
        return original(path)

    monkeypatch.setattr(GeneIdMap, "read", count)
    open_corpus(*files)
    assert read == [root / "equivalence_classes.json"]
    open_corpus(*files, id_map=root / "equivalence_classes.json")
    assert len(read) == 2


def test_two_corpora_have_each_their_own_table(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for root, gene in zip(roots, ("7157", "4193"), strict=True):
        document = bioid((0, 3, "Uniprot:P1", "p53"), figid=root.name, text="p53 binds")
        table = json.dumps([["Uniprot:P1", f"NCBI gene:{gene}"]])
        write(root, {"1.xml": bioid_file(document), "equivalence_classes.json": table})
    figures = list(open_corpus(*roots))
    assert [[gene.symbol for gene in figure.curated] for figure in figures] == [["TP53"], ["MDM2"]]


def test_labels_are_dropped_by_an_empty_name(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("1|t|TP53 mRNA\n1\t0\t4\tTP53\tGene\n1\t5\t9\tmRNA\tRNA\n")
    (figure,) = open_corpus(path, new_labels={"RNA": ""})
    assert figure.gold == (Mention(0, 4, "TP53", "Gene"),)


def test_documents_of_one_id_are_told_apart_by_their_files(tmp_path: Path) -> None:
    def document(text: str) -> str:
        return f"1|t|{text}\n1\t0\t4\t{text[:4]}\tGene\n"

    files = {"a.txt": "TP53 binds.", "b.txt": "MDM2 binds.", "c/b.txt": "IL-6 acts."}
    write(tmp_path, {name: document(text) for name, text in files.items()})
    write(tmp_path, {"same.txt": document("TP53 binds.")})
    corpus = open_corpus(tmp_path)
    assert [figure.figid for figure in corpus] == ["1", "b:1"]
    assert [Path(problem.source).name for problem in corpus.skipped] == ["same.txt:1", "b.txt:1"]
    assert all("was read from" in problem.reason for problem in corpus.skipped)


def test_the_limit_counts_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{n}|t|TP53 x\n{n}\t0\t4\tTP53\tGene\n\n" for n in range(9)))
    assert [figure.figid for figure in open_corpus(path, limit=2)] == ["0", "1"]


def test_a_hostile_document_reaches_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("1\x1b[2J|t|TP53\n\n2|t|TP\x1b53 x\n2\t6\t7\tx\tGene\n\n3|t|" + "x" * 30_000)
    corpus = open_corpus(path)
    assert [figure.caption for figure in corpus] == ["TP 53 x"]
    assert all(reason.isprintable() for reason in reasons(corpus))
    assert "over 20,000" in reasons(corpus)[1]


def test_a_huge_entry_of_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.xml", b"<a>" + b" " * (65 * 1024 * 1024))
        archive.writestr("B.md", record("B"))
    corpus = open_corpus(path)
    assert [figure.figid for figure in corpus] == ["B"]
    assert reasons(corpus) == [f"{path}:big.xml: larger than 64 MB; split the file"]


def with_entities(declarations: str, text: str) -> str:
    document = DOCUMENT.format(id=1, text=text, annotations="")
    return f"<!DOCTYPE c [{declarations}]><collection>{document}</collection>"


GROWING = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
HOSTILE = {
    "grows.xml": with_entities(f"<!ENTITY a0 'lol'>{GROWING}", "&a9;"),
    "reads.xml": with_entities("<!ENTITY f SYSTEM 'B.md'>", "see &f;"),
    "deep.xml": "<collection>" + "<document>" * 100_000,
    "deep.json": '{"documents": ' * 100_000,
    "wide.txt": "1|t|TP53\n" + "1\t0\t4\tTP53\tGene\t" + "7157," * 100_000 + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_in_little_time(name: str, tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path, {name: HOSTILE[name], "B.md": record("B")}))
    start = time.process_time()
    captions = [figure.caption for figure in corpus]
    assert time.process_time() - start < 5
    assert captions[0] == "The caption of B"
    assert all("caption of B" not in caption for caption in captions[1:])
    assert len(captions) + len(corpus.skipped) == 2


def test_bioid_is_read_whole(shared: Path) -> None:
    corpus = open_corpus(shared / "corpora" / "BioID", limit=400)
    figures = list(corpus)
    assert corpus.skipped == []
    assert len(figures) == 400
    assert all(figure.gold is not None for figure in figures)
    assert sum(len(figure.gold or ()) for figure in figures) > 1000
    taxa = {gene.taxon for figure in figures for gene in figure.curated}
    assert taxa <= {9606, 7227}
    assert sum(len(figure.curated) for figure in figures) > 100
