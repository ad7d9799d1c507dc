"""The shipped recognizers and their cards."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
from spacy.training import Example

from nerbench import NerbenchError, RecognizerError, load_recognizer
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.dictionary import LexiconRecognizer
from nerbench.recognizers.predictor import as_predictor
from nerbench.recognizers.registry import cards, find_card
from nerbench.recognizers.spacy_pipeline import SpacyRecognizer

# --- the dictionary


@pytest.fixture(scope="module")
def lexicon() -> LexiconRecognizer:
    return LexiconRecognizer()


def find_texts(recognizer: Recognizer, text: str) -> list[str]:
    return [mention.text for mention in next(iter(recognizer.recognize([text])))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("IL-6 phosphorylates STAT3.", ["IL-6", "STAT3"]),
        ("Loss of TP53, MDM2 and EGFR", ["TP53", "MDM2", "EGFR"]),
        ("NF-κB, IκBα and TGF-β1", ["NF-κB", "IκBα", "TGF-β1"]),
        ("(MMP2/9) rose", ["MMP2/9"]),
        ("IL-6/STAT3 signaling", ["IL-6", "STAT3"]),
        ("SMAD2/3 and p53", ["SMAD2/3", "p53"]),
        ("interleukin 6 receptor is up", ["interleukin 6 receptor"]),
        ("in Drosophila, Su(H) binds E(spl)m8-HLH", ["Su(H)", "E(spl)m8-HLH"]),
        ("", []),
        ("Nothing to see in this figure.", []),
    ],
)
def test_the_dictionary_tags_names_of_the_lexicons(
    lexicon: LexiconRecognizer, text: str, names: list[str]
) -> None:
    assert find_texts(lexicon, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "we was at the rest and had set up an impact",
        "(A) and (B): a, b, c",
        "ATP, DNA, RNA and PCR in WT mice (PBS)",
        "HBV and HIV infection",
        "12 of 24 rats",
        "XSTAT3X and subSTAT3like",
    ],
)
def test_the_dictionary_does_not_tag_words_letters_and_other_abbreviations(
    lexicon: LexiconRecognizer, text: str
) -> None:
    assert find_texts(lexicon, text) == []


def test_mentions_of_the_dictionary_are_in_order_without_overlap_and_match_the_text(
    lexicon: LexiconRecognizer,
) -> None:
    text = "TGF-β receptor type 1, IL-6R/STAT3, MMP2/9 and JAK1–JAK2 in NF-κB p65 cells. " * 3
    (mentions,) = lexicon.recognize([text])
    assert len(mentions) > 9
    end = 0
    for mention in mentions:
        mention.check(text)
        assert mention.start >= end
        end = mention.end


def test_the_dictionary_yields_one_list_per_text_as_a_stream(lexicon: LexiconRecognizer) -> None:
    def texts() -> Iterator[str]:
        yield "STAT3"
        yield ""
        raise AssertionError("the third text was read before the second list was yielded")

    stream = lexicon.recognize(texts())
    assert [len(next(stream)), len(next(stream))] == [1, 0]


def test_the_dictionary_reads_a_text_of_100_000_characters(lexicon: LexiconRecognizer) -> None:
    (mentions,) = lexicon.recognize(["STAT3 binds the promoter. " * 4000])
    assert len(mentions) == 4000


def test_the_fingerprint_of_the_dictionary_does_not_depend_on_its_name(
    lexicon: LexiconRecognizer,
) -> None:
    assert LexiconRecognizer("other").fingerprint == lexicon.fingerprint
    assert len(lexicon.fingerprint) == 16


def test_two_loads_of_the_dictionary_agree(lexicon: LexiconRecognizer) -> None:
    text = "VEGF, HIF-1α and β-catenin drive the Wnt pathway"
    assert find_texts(load_recognizer("lexicon"), text) == find_texts(lexicon, text)


# --- spaCy pipelines


@pytest.fixture(scope="module")
def ruler_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that labels STAT3 a GENE, IL-6 a PROTEIN and liver a TISSUE."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    patterns = [
        {"label": "GENE", "pattern": "STAT3"},
        {"label": "PROTEIN", "pattern": "IL-6"},
        {"label": "TISSUE", "pattern": "liver"},
    ]
    ruler.add_patterns(patterns)  # type: ignore[attr-defined]
    path = tmp_path_factory.mktemp("spacy") / "ruler"
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="module")
def ner_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny trained entity recognizer."""
    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("GGP")  # type: ignore[attr-defined]
    text = "STAT3 binds DNA"
    example = Example.from_dict(nlp.make_doc(text), {"entities": [(0, 5, "GGP")]})
    optimizer = nlp.initialize(lambda: [example])
    for _ in range(25):
        nlp.update([example], sgd=optimizer)
    path = tmp_path_factory.mktemp("spacy") / "tiny"
    nlp.to_disk(path)
    return path


TEXT = "In liver, IL-6 activates STAT3."


def test_the_usual_gene_labels_of_a_pipeline_count_by_default(ruler_path: Path) -> None:
    recognizer = SpacyRecognizer(str(ruler_path))
    (mentions,) = recognizer.recognize([TEXT])
    assert [(m.text, m.label) for m in mentions] == [("IL-6", "PROTEIN"), ("STAT3", "GENE")]
    assert recognizer.name == "ruler"


def test_a_usual_gene_label_of_a_pipeline_counts_in_any_case(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([  # type: ignore[attr-defined]
        {"label": "Gene", "pattern": "STAT3"}, {"label": "Cell", "pattern": "T"},
    ])  # fmt: skip
    nlp.to_disk(tmp_path / "cased")
    (mentions,) = SpacyRecognizer(str(tmp_path / "cased")).recognize(["T and STAT3"])
    assert [(m.text, m.label) for m in mentions] == [("STAT3", "Gene")]


def test_only_the_chosen_labels_count(ruler_path: Path) -> None:
    assert find_texts(SpacyRecognizer(str(ruler_path), ["GENE"]), TEXT) == ["STAT3"]
    assert find_texts(SpacyRecognizer(str(ruler_path), ["TISSUE", "GENE"]), TEXT) == [
        "liver",
        "STAT3",
    ]


def test_a_pipeline_with_an_empty_list_of_labels_finds_nothing(ruler_path: Path) -> None:
    assert find_texts(SpacyRecognizer(str(ruler_path), []), TEXT) == []


def test_a_trained_entity_recognizer_finds_its_entities(ner_path: Path) -> None:
    (mentions,) = SpacyRecognizer(str(ner_path)).recognize(["STAT3 binds DNA"])
    assert [(m.start, m.end, m.text, m.label) for m in mentions] == [(0, 5, "STAT3", "GGP")]


def test_mentions_of_a_pipeline_match_the_text(ruler_path: Path) -> None:
    text = "β–α  \n IL-6\tand 𝛼 STAT3,STAT3"
    (mentions,) = SpacyRecognizer(str(ruler_path)).recognize([text])
    assert mentions
    for mention in mentions:
        mention.check(text)


def test_texts_stream_through_a_pipeline_in_order(ruler_path: Path) -> None:
    recognizer = SpacyRecognizer(str(ruler_path), batch_size=2)
    texts = ["STAT3", "", "IL-6 IL-6", "nothing", "STAT3"]
    assert [len(mentions) for mentions in recognizer.recognize(iter(texts))] == [1, 0, 2, 0, 1]


def test_an_error_about_unknown_labels_names_the_labels_of_the_pipeline(
    ruler_path: Path,
) -> None:
    with pytest.raises(RecognizerError, match=r"no label GENES.*GENE, PROTEIN, TISSUE"):
        SpacyRecognizer(str(ruler_path), ["GENES"])


def test_one_unknown_label_among_known_labels_is_an_error(ruler_path: Path) -> None:
    with pytest.raises(RecognizerError, match="GENES"):
        SpacyRecognizer(str(ruler_path), ["GENE", "GENES"])


def test_a_pipeline_without_gene_labels_is_an_error_that_suggests_a_card(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(  # type: ignore[attr-defined]
        [{"label": "TISSUE", "pattern": "liver"}]
    )
    nlp.to_disk(tmp_path / "tissue")
    with pytest.raises(RecognizerError, match=r"no gene label; it has TISSUE.*in a card"):
        SpacyRecognizer(str(tmp_path / "tissue"))


def test_a_pipeline_without_components_is_an_error(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    for labels in (None, ("GENE",)):
        with pytest.raises(RecognizerError, match="no components"):
            SpacyRecognizer(str(tmp_path / "blank"), labels)


def test_an_error_about_a_missing_pipeline_names_the_install_command() -> None:
    with pytest.raises(RecognizerError) as caught:
        SpacyRecognizer("en_not_there_xyz", install="pip install en-not-there-xyz")
    assert "'en_not_there_xyz' cannot be loaded" in str(caught.value)
    assert "install it: pip install en-not-there-xyz" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["meta.json", "config.cfg"])
def test_a_damaged_pipeline_is_one_clear_error(
    ruler_path: Path, tmp_path: Path, damage: str
) -> None:
    path = shutil.copytree(ruler_path, tmp_path / "ruler")
    (path / damage).write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError, match="cannot be loaded"):
        SpacyRecognizer(str(path))


def test_the_fingerprint_of_a_pipeline_depends_on_its_files_and_labels_only(
    ruler_path: Path, tmp_path: Path
) -> None:
    original = SpacyRecognizer(str(ruler_path), ["GENE", "PROTEIN"]).fingerprint

    def fingerprint(path: Path, *labels: str) -> str:
        return SpacyRecognizer(str(path), labels, name="another", batch_size=7).fingerprint

    assert fingerprint(ruler_path, "PROTEIN", "GENE") == original
    assert SpacyRecognizer(str(ruler_path)).fingerprint == original  # the same labels, guessed
    assert fingerprint(ruler_path, "GENE") != original
    moved = shutil.copytree(ruler_path, tmp_path / "moved")
    assert fingerprint(moved, "GENE", "PROTEIN") == original
    patterns = next(moved.rglob("patterns.jsonl"))
    patterns.write_text(
        patterns.read_text(encoding="utf-8").replace("STAT3", "STAT5"), encoding="utf-8"
    )
    assert fingerprint(moved, "GENE", "PROTEIN") != original


# --- cards and names


def write_card(folder: Path, text: str, name: str = "mine.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_shipped_cards_are_complete_and_load() -> None:
    found = cards()
    assert {"default", "lexicon"} <= found.keys()
    for name, card in found.items():
        assert card.name == name
        assert card.description
        assert card.licence
        if card.is_installed:
            assert as_predictor(load_recognizer(name)).fingerprint


def test_the_default_recognizer_is_loaded_without_a_name() -> None:
    assert load_recognizer().name == "default"


def test_a_card_describes_a_pipeline(tmp_path: Path, ruler_path: Path) -> None:
    card = write_card(tmp_path, f"kind: spacy\nsource: '{ruler_path}'\nlabels: [GENE]\n")
    recognizer = load_recognizer(card)
    assert recognizer.name == "mine"
    assert find_texts(recognizer, TEXT) == ["STAT3"]


def test_a_card_may_name_its_model(tmp_path: Path) -> None:
    assert load_recognizer(write_card(tmp_path, "kind: lexicon\nname: words\n")).name == "words"


def test_the_folder_of_a_pipeline_is_a_model(ruler_path: Path) -> None:
    assert load_recognizer(str(ruler_path)).name == "ruler"
    assert find_texts(load_recognizer(str(ruler_path)), TEXT) == ["IL-6", "STAT3"]


def test_an_installed_pipeline_is_a_model(
    tmp_path: Path, ruler_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "en_tiny_genes"
    shutil.copytree(ruler_path, package / "en_tiny_genes-1.0.0")
    shutil.copy(ruler_path / "meta.json", package)
    (package / "__init__.py").write_text(
        "from pathlib import Path\n"
        "from spacy.util import load_model_from_path\n"
        "def load(**o):\n"
        "    return load_model_from_path(Path(__file__).parent / 'en_tiny_genes-1.0.0', **o)\n",
        encoding="utf-8",
    )
    info = tmp_path / "en_tiny_genes-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: en_tiny_genes\nVersion: 1.0.0\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        recognizer = load_recognizer("en_tiny_genes")
        assert (recognizer.name, find_texts(recognizer, TEXT)) == (
            "en_tiny_genes",
            ["IL-6", "STAT3"],
        )
    finally:
        sys.modules.pop("en_tiny_genes", None)


@pytest.mark.parametrize("name", ["no-such-model", "no_such_model", "", "../models", "a b"])
def test_an_error_about_an_unknown_model_names_the_known_ones(name: str) -> None:
    with pytest.raises(NerbenchError, match=r"unknown model .*default.*lexicon"):
        find_card(name)


def test_a_module_that_is_no_pipeline_is_an_error() -> None:
    with pytest.raises(NerbenchError, match="json"):
        load_recognizer("json")


def test_a_card_has_a_name_whatever_its_file_is_called(tmp_path: Path) -> None:
    card = tmp_path / "my model (2).yaml"
    card.write_text("kind: lexicon\n", encoding="utf-8")
    assert find_card(str(card)).name == "my_model__2_"


def test_a_missing_card_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"gone\.yaml: no such card"):
        find_card(str(tmp_path / "gone.yaml"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("kind: lexicon\ncolour: red\n", "field colour: a card of this kind has no such field"),
        ("kind: lexicon\ntreshold: 1\n", "no such field; did you mean 'threshold'?"),
        ("kind: lexicon\nthreshold: 1.5\n", "field threshold: 1.5 is not a number of at most 1"),
        ("kind: lexicon\nthreshold: high\n", "field threshold: 'high' is not a number"),
        ("kind: lexicon\ndescription: [1]\n", "field description: [1] is not a text"),
        ("kind: spacy\n", "field source: is missing"),
        ("kind: http\nurl: localhost:1\n", "field url: 'localhost:1' is no URL"),
        ("kind: http\nurl: http://a\nconcurrency: 1.5\n", "1.5 is not a whole number"),
        ("kind: http\nurl: http://a\nmethod: POTS\n", "GET, POST or PUT; did you mean 'POST'?"),
        ("kind: http\nurl: http://a\nfields: 3\n", "field fields: 3 is not fields with values"),
        ("kind: http\nurl: http://a\nfields: {strat: s}\n", "fields.strat: 'fields' has no such"),
        ("kind: http\nurl: http://a\nfields: {strat: s}\n", "did you mean 'start'?"),
        (
            "kind: command\ncommand: [false]\n",
            "command.0: False is not a text; in YAML, write it in",
        ),
        ("kind: spacy\nsource: yes\n", "field source: True is not a text; in YAML, write it in"),
        ("kind: oracle\n", "field kind: 'oracle' is none of"),
        ("kind: lexicom\n", "did you mean 'lexicon'?"),
        ("source: x\n", "field kind: it is missing"),
        ("kind: lexicon\nbatch_size: 0\n", "field batch_size"),
        ("kind: lexicon\nbatch_size: many\n", "field batch_size"),
        ("kind: spacy\nsource: x\nlabels: GENE\n", "field labels"),
        ("kind: lexicon\nname: a/b\n", "field name"),
        ("kind: lexicon\nname: ''\n", "field name"),
        ("kind: [\n", "the card cannot be read"),
        ("kind: !!python/object:os.system x\n", "the card cannot be read"),
        ("", "no card"),
        ("- kind\n", "no card"),
        ("just text", "no card"),
    ],
)
def test_an_error_about_a_card_is_one_line_that_names_file_and_field(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(NerbenchError) as caught:
        find_card(write_card(tmp_path, text))
    assert "mine.yaml" in str(caught.value)
    assert "nput should" not in str(caught.value)  # pydantic's wording
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_card_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(NerbenchError, match=r"binary\.yaml: no text, but binary data"):
        find_card(str(path))


@pytest.mark.parametrize("key", ["1", "[a]"])
def test_a_card_whose_field_name_is_no_text_is_an_error(tmp_path: Path, key: str) -> None:
    with pytest.raises(NerbenchError, match=r"mine\.yaml"):
        find_card(write_card(tmp_path, f"kind: lexicon\n? {key}\n: x\n"))


def test_a_card_of_a_pipeline_without_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match="source"):
        load_recognizer(write_card(tmp_path, "kind: spacy\n"))


def test_the_source_of_a_card_may_lie_beside_it(
    ruler_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ruler_path, tmp_path / "cards" / "my-pipeline")
    card = tmp_path / "cards" / "mine.yaml"
    card.write_text("kind: spacy\nsource: ./my-pipeline\nlabels: [GENE]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_recognizer(str(card)).name == "mine"


def test_a_pipeline_in_a_folder_with_spaces_has_a_valid_name(
    ruler_path: Path, tmp_path: Path
) -> None:
    shutil.copytree(ruler_path, tmp_path / "my pipeline")
    assert load_recognizer(str(tmp_path / "my pipeline")).name == "my_pipeline"
