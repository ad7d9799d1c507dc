"""Corpora in tables, gene lists beside captions, compressed files, and what is no corpus."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from backports import zstd

from nerbench import CuratedGene, Figure, Mention, NerbenchError, open_corpus
from nerbench.corpus import Corpus
from nerbench.corpus.convert import check_out, record_text, write_corpus
from nerbench.corpus.kinds import describe

RECORD = b"---\nfigid: R1\ncaption: STAT3\norganisms: Homo sapiens\n---\n"
TABLE = b"id,caption,genes,organism\nF1,IL-6 binds,IL6,human\n"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}


class StandardInput:
    """Standard input with these bytes."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)
        self.closed = False


def corpus_of(folder: Path, *paths: str, columns: Any = None, **files: str | bytes) -> Corpus:
    """The corpus of files; ``a_csv`` is the file a.csv. Without paths: each of them, in order."""
    names = [name.replace("_", ".") for name in files]
    for name, content in zip(names, files.values(), strict=True):
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(raw)
    chosen = [folder / name for name in (paths or names)]
    corpus = open_corpus(*chosen, columns=columns)
    list(corpus)
    return corpus


def symbols(figure: Figure) -> list[str]:
    return [f"{gene.taxon}:{gene.symbol}" for gene in figure.curated]


def reasons(corpus: Corpus, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in corpus.skipped]


def test_a_row_is_a_figure_and_bad_rows_cost_themselves_only(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path,
        a_csv="id,caption,genes,organism,year\n"
        "F1,p53 and IL-6,tp53; IL6,human,2020\n"
        'F2,Delta,"Dl, dl",7227,\n'
        "F3,,TP53,human,\n"
        ",x,TP53,human,\n"
        "F1,other,,,\n"
        "F4,x\n"
        "F5,x,7157 3569.0 16193,,\n",
    )
    first, second, last = corpus
    assert (symbols(first), first.organisms, first.year) == (
        ["9606:TP53", "9606:IL6"],
        ("Homo sapiens",),
        "2020",
    )
    assert (symbols(second), second.organisms) == (
        ["7227:Dl", "7227:dl"],
        ("Drosophila melanogaster",),
    )
    assert (symbols(last), last.unassigned) == (["9606:TP53", "9606:IL6"], ("16193",))
    assert reasons(corpus, tmp_path) == [
        "a.csv:4: figure F3 has no caption",
        "a.csv:5: the row has no id",
        "a.csv:6: figure F1 was read from a.csv:2 already",
        "a.csv:7: the row has 2 cells, the header 5",
    ]


@pytest.mark.parametrize(
    "head",
    [
        "# genes of figures, by hand\n# 2024\n\nid,caption,genes\n",
        "# genes, organism\n#id,caption,genes\n",
        "##v2\n# x, y, z\n#id,caption,genes\n",
        "\ufeff#made by a tool\r\nid,caption,genes\r\n",
        'sep=,\n# note\n"id","caption","genes"\n',
    ],
)
def test_comments_above_the_names_of_columns_are_skipped(tmp_path: Path, head: str) -> None:
    for name in ("a_csv", "a_txt"):
        (figure,) = corpus_of(tmp_path, **{name: f"{head}#1,IL-6 binds,IL6\n"})
        assert (figure.figid, figure.caption) == ("#1", "IL-6 binds")


def test_columns_below_a_comment_are_named_where_none_is_known(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, a_csv="# by hand\nkey,words here,targets\n1,IL-6 binds,IL6\n")
    assert "its columns are key, words here, targets;" in reasons(corpus, tmp_path)[0]
    columns = {"id": "key", "caption": "legend"}
    (figure,) = corpus_of(tmp_path, columns=columns, b_tsv="# a, b\n#key\tlegend\n1\tIL-6 binds\n")
    assert figure.figid == "1"


def test_what_is_no_path_is_a_type_error(tmp_path: Path) -> None:
    for value, name in ((3, "3"), (None, "None"), ([tmp_path], r"\[")):
        with pytest.raises(
            TypeError, match=rf"open_corpus takes paths, one by one: .*; not {name}"
        ):
            open_corpus(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="columns is a mapping of fields to columns"):
        open_corpus(tmp_path, columns="id=key")  # type: ignore[arg-type]


def test_a_row_a_gene_is_one_figure_an_id(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path,
        a_csv="figid,caption,symbol,gene_id,organism_id,word\n"
        "F1,p53 and mouse,TP53,7157,9606,p53\n"
        "F1,,Ldha,16828,10090,LDHA\n"
        "F2,Delta,Dl,42313,7227,\n"
        "F1,another,IL6,3569,9606,\n",
    )
    first, second = corpus
    assert [(gene.taxon, gene.symbol, gene.gene_id, gene.words) for gene in first.curated] == [
        (9606, "TP53", "7157", ("p53",)),
        (10090, "Ldha", "16828", ("LDHA",)),
    ]
    assert symbols(second) == ["7227:Dl"]
    assert "figure F1 has another caption" in reasons(corpus, tmp_path)[0]


def test_symbols_without_an_organism_are_assigned_as_keywords_of_a_record_are(
    tmp_path: Path,
) -> None:
    keywords = ["TP53", "Hspa5", "dl", "bsk", "p53"]
    record = (
        f"---\nfigid: F1\ncaption: x\nschema-jsonld: {{keywords: {json.dumps(keywords)}}}\n---\n"
    )
    (of_table,) = corpus_of(tmp_path, a_csv=f"id,caption,genes\nF1,x,{' '.join(keywords)}\n")
    (of_record,) = corpus_of(tmp_path, a_md=record)
    assert of_table == of_record


def test_a_cell_that_stands_for_no_list_is_no_gene(tmp_path: Path) -> None:
    rows = "".join(f"F{n},x,{cell},fly\n" for n, cell in enumerate(("nan", "NA", "", "None")))
    for figure in corpus_of(tmp_path, a_csv=f"id,caption,genes,organism\n{rows}"):
        assert (figure.curated, figure.unassigned) == ((), ())


def test_a_caption_is_read_as_that_of_a_record(tmp_path: Path) -> None:
    (figure,) = corpus_of(tmp_path, a_jsonl=json.dumps({"id": 7, "text": "TNF-&alpha; \x1b[2J"}))
    assert (figure.figid, figure.caption, figure.repaired) == ("7", "TNF-α  [2J", True)


def test_named_columns_are_read_and_wrong_ones_told(tmp_path: Path) -> None:
    table = "key;legend;targets\nF1;IL-6;IL6\n"
    columns = {"id": "KEY", "genes": "targets"}
    (figure,) = corpus_of(tmp_path, columns=columns, a_csv=table)
    assert (figure.figid, symbols(figure)) == ("F1", ["9606:IL6"])
    with pytest.raises(NerbenchError, match=r"columns are key, legend, targets.*mean 'key'"):
        corpus_of(tmp_path, columns={"id": "kye"}, a_csv=table)
    with pytest.raises(NerbenchError, match="the corpus has no table"):
        corpus_of(tmp_path, columns={"id": "key"}, a_md=RECORD)
    (reason,) = reasons(corpus_of(tmp_path, a_csv=table), tmp_path)
    assert "no column of ids of figures: its columns are key, legend, targets" in reason


GMT = "PMC1__F1\tt\t3569\t6774\nPMC9__F1\tt\t7157\n"


@pytest.mark.parametrize("first", ["captions", "lists"])
def test_gene_lists_are_joined_with_captions_whatever_comes_first(
    tmp_path: Path, first: str
) -> None:
    files = {
        "c_csv": "figid,figid_alias,caption\nPMC1__f1.jpg,PMC1__F1,a\nPMC2__f2,,b\nPMC3__f3,,c\n",
        "p_gmt": GMT,
        "l_csv": "figure,ncbigene_symbol,taxon,ncbigene_id\nPMC2__F2.jpg,Ldha,10090,16828\n",
    }
    if first == "lists":
        files = dict(reversed(files.items()))
    corpus = corpus_of(tmp_path, **files)
    assert [(figure.figid, symbols(figure)) for figure in corpus] == [
        ("PMC1__f1.jpg", ["9606:IL6", "9606:STAT3"]),
        ("PMC2__f2", ["10090:Ldha"]),
        ("PMC3__f3", []),
    ]
    assert corpus.notes() == ["corpus: gene lists of no figure: 1, the first PMC9__F1"]
    assert [figure.figid for figure in open_corpus(tmp_path)] == [f.figid for f in corpus]


def test_gene_lists_of_other_figures_show_an_id_of_each_side(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, c_csv="id,caption\nF1,a\n", p_gmt=GMT)
    assert corpus.notes() == [
        "corpus: no gene list is of a figure: the lists have PMC1__F1, the captions F1"
    ]


def test_records_without_genes_take_lists_and_others_keep_their_own(tmp_path: Path) -> None:
    with_genes = RECORD.replace(b"R1", b"R2").replace(
        b"caption:", b"schema-jsonld: {keywords: [TP53]}\ncaption:"
    )
    corpus = corpus_of(tmp_path, a_md=RECORD, b_md=with_genes, l_csv="id,genes\nR1,STAT3\nR2,IL6\n")
    assert [symbols(figure) for figure in corpus] == [["9606:STAT3"], ["9606:TP53"]]


def test_gene_lists_alone_are_no_corpus(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, p_gmt=GMT)
    assert "give the captions, too: nerbench run" in reasons(corpus, tmp_path)[0]


def test_a_gmt_of_chemicals_lists_no_genes(tmp_path: Path) -> None:
    (tmp_path / "pfocr-2024-chemical-gmt-Homo_sapiens.gmt").write_text("PMC1__F1\tt\t3569\n")
    (tmp_path / "c.csv").write_text("id,caption\nPMC1__F1,a\n")
    corpus = open_corpus(tmp_path)
    assert [symbols(figure) for figure in corpus] == [[]]
    assert "lists chemicals or diseases" in corpus.skipped[0].reason


def test_pfocr_s_tables_of_2021_are_the_records_of_2021(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path,
        figures_csv="pfocr_id,figure_caption,organism\nPMC1__f1,a,Homo sapiens\n",
        genes_csv="pfocr_id,word,symbol,source,hgnc_symbol,entrez\n"
        "PMC1__f1,TLR7/9,TLR7,s,TLR7,51284\nPMC1__f1,TLR7/9,TLR9,s,TLR9,54106\n",
    )
    record = (
        "---\nfigid: PMC1__f1\ncaption: a\norganisms: Homo sapiens\ngenes:\n"
        "- {word: TLR7/9, symbol: TLR7, hgnc_symbol: TLR7, entrez: '51284'}\n"
        "- {word: TLR7/9, symbol: TLR9, hgnc_symbol: TLR9, entrez: '54106'}\n---\n"
    )
    (of_tables,), (of_record,) = corpus, corpus_of(tmp_path, r_md=record)
    assert of_tables == of_record


@pytest.mark.parametrize("suffix", PACKERS)
def test_every_kind_of_file_may_be_compressed_in_a_folder_and_an_archive(
    tmp_path: Path, suffix: str
) -> None:
    pack = PACKERS[suffix]
    genes = b"organism_id\tncbigene_symbol\n9606\tSTAT3\n"
    files = {
        "R1.md": RECORD,
        "R1-genes.tsv": genes,
        "a.csv": TABLE,
        "b.txt": b"7|t|IL-6 binds.\n7\t0\t4\tIL-6\tGene\t3569\n",
        "c.ann": b"T1\tGene 0 4\tIL-6\n",
        "c.txt": b"IL-6 is up.",
    }
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, raw in files.items():
        (folder / f"{name}{suffix}").write_bytes(pack(raw))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive_of_tar:
        archive_of_tar.add(folder, "x")
    (tmp_path / f"a.tar{suffix}").write_bytes(pack(tar.getvalue()))
    found = [
        list(open_corpus(path))
        for path in (folder, tmp_path / "a.zip", tmp_path / f"a.tar{suffix}")
    ]
    assert sorted(figure.figid for figure in found[0]) == ["7", "F1", "R1", "c"]
    assert symbols(next(f for f in found[0] if f.figid == "R1")) == ["9606:STAT3"]
    assert found[1] == found[0]
    assert sorted(found[2], key=lambda figure: figure.figid) == sorted(
        found[0], key=lambda figure: figure.figid
    )


def stdin_corpus(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(sys, "stdin", StandardInput(raw))
    corpus = open_corpus("-")
    assert list(corpus) == list(corpus)
    return corpus


def test_standard_input_holds_any_kind_of_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    packed, parquet = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", TABLE)
    pl.DataFrame({"id": ["F1"], "caption": ["IL-6 binds"], "genes": [["IL6"]]}).write_parquet(
        parquet
    )
    pubtator = b"F1|t|IL-6 binds\nF1\t0\t4\tIL-6\tGene\t3569\n"
    kinds = (TABLE, gzip.compress(TABLE), packed.getvalue(), parquet.getvalue(), pubtator)
    for raw in (*kinds, RECORD.replace(b"R1", b"F1")):
        assert [figure.figid for figure in stdin_corpus(raw, monkeypatch)] == ["F1"]


def test_plain_text_on_standard_input_is_one_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Figure 1: IL-6 binds, and TNF-&alpha; too.\nSTAT3, in turn.\n"
    (figure,) = stdin_corpus(text.encode(), monkeypatch)
    assert (figure.figid, figure.caption) == ("stdin", text.strip().replace("&alpha;", "α"))
    corpus = stdin_corpus(b"", monkeypatch)
    assert "empty" in corpus.skipped[0].reason
    corpus = stdin_corpus(b"x" * 20_001, monkeypatch)
    assert "over 20,000" in corpus.skipped[0].reason


@pytest.mark.parametrize(
    ("raw", "kind", "remedy"),
    [
        (b"%PDF-1.7\n", "a PDF", "pdftotext"),
        (b"\x89PNG\r\n", "a PNG image", "id, caption and genes"),
        (b"\xff\xd8\xff\xe0", "a JPEG image", "id, caption and genes"),
        (b"PK\3\4" + b"word/document.xml", "a Word document", "pandoc"),
        (b"SQLite format 3\0", "an SQLite database", "sqlite3"),
        (b"<!DOCTYPE html><p>IL-6", "HTML", "table"),
        (b"<?xml version='1.0'?><article/>", "XML with the root article", ""),
        (b"", "empty", ""),
        (b"IL-6 binds its receptor, so STAT3 is on.", "plain text", "predict - < FILE"),
        (bytes(range(256)), "binary data", ""),
        (b'{"a": 1, "b": [2]}', "a JSON object with the fields a, b", "--columns"),
        (b'{"id": "F1", "mentions": []}\n', "predictions", "--predictions"),
        (b"[1, 2]", "a JSON list", ""),
        (b"{", "JSON that is damaged", ""),
        (b"IL-6 B-GENE\nbinds O\n", "CoNLL tokens", "--predictions or --gold"),
        (b"P1|14 33|alkaline phosphatases\n", "BioCreative II gene mentions", "nerbench spans"),
    ],
)
def test_a_file_that_is_no_corpus_is_named_for_what_it_is(
    tmp_path: Path, raw: bytes, kind: str, remedy: str
) -> None:
    for name in ("file", "file.dat", "file.md"):
        (reason,) = reasons(corpus_of(tmp_path, **{name.replace(".", "_"): raw}), tmp_path)
        if name != "file.md" or raw.strip():
            assert kind in reason
            assert remedy in reason
            assert reason.isprintable()
    assert kind in describe(raw)[0]
    if raw:
        corpus = open_corpus(tmp_path)
        assert list(corpus) == []
        assert all(kind in problem.reason for problem in corpus.skipped)


def figures() -> list[Figure]:
    """Figures with all that one can have."""
    gene = CuratedGene(9606, "TLR7", "51284", ("TLR7/9", "tab\tα"), (("TLR7/9", "TLR7"),))
    marks = (Mention(1, 5, "IL-6", "Gene", 0.97, ("NCBIGene:3569", "x")),)
    return [
        Figure("PMC1__f1", "IL-6", ("Homo sapiens",), ("a", "b"), (gene,), ("Xyz1",), pmcid="PMC1"),
        Figure("a/b: c", " IL-6 &alpha; \n---\n'q' \"w\" #x", gold=marks, year="2020"),
        Figure(".hidden", "NA", gold=(), published="N&A"),
        Figure("PMC1__F1", "", title="null", curated=(CuratedGene(7227, "na"),)),
        Figure("x" * 200, "\u2028 text", doi="10.1/x"),
    ]


@pytest.mark.parametrize("name", ["records", "corpus.parquet"])
def test_a_corpus_that_was_written_is_read_as_it_was(tmp_path: Path, name: str) -> None:
    out = tmp_path / "new" / name
    assert write_corpus(figures(), out) == 5
    corpus = open_corpus(out)
    assert {f.figid: f for f in corpus} == {f.figid: f for f in figures()}
    assert corpus.skipped == []
    again = tmp_path / f"again-{name}"
    write_corpus(figures(), again)
    assert contents(again) == contents(out)


def contents(path: Path) -> dict[str, bytes]:
    files = path.iterdir() if path.is_dir() else [path]
    return {file.name if path.is_dir() else "": file.read_bytes() for file in files}


def test_a_record_that_was_written_is_bounded_as_others_are(tmp_path: Path) -> None:
    text = record_text(figures()[0])
    bad = {
        "a_md": text.replace('"9606"', '"many"'),
        "b_md": text.replace('"curated":', '"curated": 1\n"x":'),
        "c_md": text.replace('"IL-6"', '"' + "x" * 20_001 + '"'),
    }
    corpus = corpus_of(tmp_path, **bad)
    assert (list(corpus), len(corpus.skipped)) == ([], 3)
    (figure,) = corpus_of(tmp_path, d_md=text.replace('"IL-6"', '"a\\e[2Jb"'))
    assert figure.caption == "a [2Jb"


def test_what_is_there_is_replaced_by_force_only_and_only_by_its_like(tmp_path: Path) -> None:
    records, parquet, other = tmp_path / "records", tmp_path / "a.parquet", tmp_path / "other"
    write_corpus(figures(), records)
    write_corpus(figures(), parquet)
    other.mkdir()
    (other / "notes.txt").touch()
    for out in (records, parquet):
        with pytest.raises(NerbenchError, match="exists already"):
            check_out(out, force=False)
        check_out(out, force=True)
        write_corpus(figures()[:1], out)
        assert len(list(open_corpus(out))) == 1
    with pytest.raises(NerbenchError, match=r"other files than records \(notes.txt\)"):
        check_out(other, force=True)
    for name in ("a.csv", "a.zip", "-"):
        with pytest.raises(NerbenchError, match=r"\.parquet"):
            check_out(Path(name), force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "other", "records"]


def test_a_conversion_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Any:
        yield figures()[0]
        raise KeyboardInterrupt

    for name in ("records", "a.parquet"):
        with pytest.raises(KeyboardInterrupt):
            write_corpus(broken(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
