"""The command `nerbench spans`, and scores of the gene mentions of BioCreative II."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nerbench import score_spans

GOLD = "7|t|IL-6 binds.\n7\t0\t4\tIL-6\tGene\t3569\n\n8|t|STAT3 too.\n8\t0\t5\tSTAT3\tGene\t6774\n"
FOUND = "7\t0\t4\til-6\tgene\tNCBI Gene:3569\t\n"


def nerbench(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "nerbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def files(tmp_path):
    gold, found = tmp_path / "gold.txt", tmp_path / "found.txt"
    gold.write_text(GOLD)
    found.write_text(FOUND)
    return gold, found


def test_json_holds_scheme_overall_and_labels(files):
    done = nerbench("spans", *files, "--scheme", "strict", "--json")
    counts = {"tp": 1, "fp": 0, "fn": 1, "precision": 1.0, "recall": 0.5, "f1": 2 / 3}
    assert json.loads(done.stdout) == {
        "scheme": "strict", "overall": counts, "labels": {"Gene": counts},
    }  # fmt: skip
    assert "found.txt: documents that are not in it: 1 (8)" in done.stderr
    assert done.returncode == 0


def test_json_of_ids_document_has_no_counts(files):
    done = nerbench("spans", *files, "--scheme", "ids-document", "--json", "--quiet")
    overall = json.loads(done.stdout)["overall"]
    assert overall["tp"] is overall["fp"] is overall["fn"] is None
    assert (overall["precision"], overall["recall"], overall["f1"]) == (0.5, 0.5, 0.5)
    assert done.stderr == ""


def test_labels_are_renamed_before_scoring(files):
    files[1].write_text(FOUND.replace("gene", "Protein:P05231"))
    done = nerbench("spans", *files, "--map", "protein:*=GENE", "--label", "gene", "--json")
    assert json.loads(done.stdout)["overall"]["tp"] == 1
    done = nerbench("spans", *files, "--map", "Protein")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nerbench: --map Protein: write FROM=TO, such as 'Uniprot:*=Gene'\n"


def test_offsets_in_bytes_are_converted_and_said(files):
    files[0].write_text("7|t|TNF-α and IL-6.\n7\t11\t15\tIL-6\tGene\n")
    files[1].write_text("7|t|TNF-α and IL-6.\n7\t10\t14\tIL-6\tGene\n")
    done = nerbench("spans", *files, "--json")
    assert json.loads(done.stdout)["overall"]["f1"] == 1.0
    said = f"{files[0]}: documents whose offsets count UTF-8 bytes: 1; converted to characters"
    assert said in done.stderr


def test_bioid_reads_folders_and_the_classes_beside_them(tmp_path):
    annotation = (
        '<annotation id="1"><infon key="type">{}</infon><location offset="{}" length="5"/>'
        "<text>STAT3</text></annotation>"
    )
    collection = (
        "<collection><document><id>1 A</id><passage><offset>0</offset><text>\u03b2 STAT3</text>"
        "{}</passage></document></collection>"
    )
    for name, offset, label in (("gold", 3, "Uniprot:P40763"), ("found", 2, "NCBI gene:6774")):
        (tmp_path / name).mkdir()
        xml = collection.format(annotation.format(label, offset))
        (tmp_path / name / "1.xml").write_text(xml)
    (tmp_path / "equivalence_classes.json").write_text('[["Uniprot:P40763", "NCBI gene:6774"]]')
    arguments = ("spans", tmp_path / "gold", tmp_path / "found", "--scheme", "bioid")
    done = nerbench(*arguments, "--json")
    perfect = {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    found = json.loads(done.stdout)
    assert (found["scheme"], list(found["labels"])) == ("bioid", ["gene_or_protein"])
    assert found["labels"]["gene_or_protein"]["normalized"]["strict"] == perfect
    assert found["labels"]["gene_or_protein"]["ids"]["micro"] == perfect
    assert "count UTF-8 bytes" in done.stderr
    (tmp_path / "none.json").write_text("[]")
    done = nerbench(*arguments, "--id-map", tmp_path / "none.json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "micro" in done.stdout
    assert "0.0000" in done.stdout


def test_table_shows_counts_and_rates(files):
    done = nerbench("spans", *files, "--label", "GENE")
    assert "scheme strict" in done.stdout
    assert "0.6667" in done.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--label", "Cell"], "no span has the label 'Cell': the labels are Gene"),
        (["--id-map", "x.json"], "--id-map: only the scheme bioid uses it, not strict"),
        (["--scheme", "bc2gm"], "gold.txt: a pubtator file; for bc2gm, GOLD is a folder"),
    ],
)
def test_wrong_usage_is_one_line_and_2(files, change, message):
    done = nerbench("spans", *files, *change)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nerbench: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("gold", "found", "message"),
    [
        ("nothing", "found.txt", "nothing: no documents; give the file with the gold spans"),
        (
            "gold.txt",
            "letter",
            "letter:1: unknown format; nerbench reads PubTator",
        ),
        ("gold.txt", "none", "none: no such file or folder"),
        (
            "gold.txt",
            "folder",
            "folder: a folder without .ann files (brat), .xml or .json files",
        ),
        ("gold.txt", "tags", "offsets count differently: convert one of them"),
    ],
)
def test_unusable_input_is_one_line_and_2(files, tmp_path, gold, found, message):
    (tmp_path / "nothing").touch()
    (tmp_path / "letter").write_text("Dear reader,\n")
    (tmp_path / "tags").write_text("IL-6 B-Gene\n")
    (tmp_path / "folder").mkdir()
    done = nerbench("spans", tmp_path / gold, tmp_path / found)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_predictions_without_content_miss_everything(files, tmp_path):
    (tmp_path / "nothing").touch()
    done = nerbench("spans", files[0], tmp_path / "nothing", "--json")
    overall = json.loads(done.stdout)["overall"]
    assert (overall["tp"], overall["fn"], overall["precision"], overall["recall"]) == (
        0,
        2,
        None,
        0,
    )
    assert "documents that are not in it: 2 (7, 8)" in done.stderr


def test_files_may_be_pipes_and_have_blanks_in_their_names(files, tmp_path):
    path = tmp_path / "my gold.txt"
    path.write_text(GOLD)
    done = subprocess.run(
        [sys.executable, "-m", "nerbench", "spans", path, "/dev/stdin", "--json", "--quiet"],
        input=GOLD,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["overall"]["f1"] == 1.0


@pytest.mark.parametrize("tags", ["B-G E-G O S-G", "B-G L-G O U-G", "I-G I-G O I-G"])
def test_every_tag_scheme_scores_alike(tmp_path, tags):
    gold, found = tmp_path / "gold.tsv", tmp_path / "found.tsv"
    for path, row in ((gold, "B-G I-G O B-G"), (found, tags)):
        path.write_text(
            "".join(f"{t}\t{tag}\n" for t, tag in zip("abcd", row.split(), strict=True))
        )
    done = nerbench("spans", gold, found, "--json")
    assert json.loads(done.stdout)["overall"]["f1"] == 1.0
    assert done.stderr == ""


def test_repaired_tags_are_reported(tmp_path):
    path = tmp_path / "gold.tsv"
    path.write_text("a\tB-G\nb\tO\nc\tI-G\n")
    done = nerbench("spans", path, path)
    assert f"{path}:3: I-G after O: read as the beginning of a mention" in done.stderr
    assert done.returncode == 0


def test_a_broken_line_is_named(files):
    files[1].write_text(FOUND + "7\t9\tx\tJAK\tGene\n")
    done = nerbench("spans", *files)
    assert done.returncode == 2
    assert "found.txt:2: the offset 'x' is not a whole number" in done.stderr


def test_tokens_that_differ_are_named(tmp_path):
    gold, found = tmp_path / "gold.tsv", tmp_path / "found.tsv"
    gold.write_text("IL-6\tB-G\n\nJAK\tB-G\n")
    found.write_text("IL-6\tB-G\n\nJAK2\tB-G\n")
    done = nerbench("spans", gold, found)
    assert done.returncode == 2
    assert f"{found}:3: the tokens of this sentence differ from {gold}:3" in done.stderr


def test_bc2gm_gold_against_itself_is_perfect(shared):
    folder = shared / "corpora" / "BC2GM"
    scores = score_spans(folder, folder / "GENE.eval", "bc2gm")
    assert (scores.overall.tp, scores.overall.f1) == (18265, 1.0)


def test_bc2gm_alternatives_add_to_strict(shared):
    folder = shared / "corpora" / "BC2GM"
    bc2gm, strict = (
        score_spans(folder, folder / "ALTGENE.eval", scheme).overall
        for scheme in ("bc2gm", "strict")
    )
    assert bc2gm.tp > strict.tp
    assert bc2gm.tp + bc2gm.fn == 18265


def test_every_tagged_corpus_reads_and_is_perfect_against_itself(shared):
    for path in sorted((shared / "corpora").glob("*/devel.tsv")):
        assert score_spans(path, path, "strict").overall.f1 == 1.0
