"""The scheme `bioid`: entity types, identifiers and alternatives, on cases counted by hand."""

from __future__ import annotations

import json

import pytest

from nerbench import NerbenchError
from nerbench.spans.bioid import score_bioid
from nerbench.spans.bioid_types import entity_type
from nerbench.spans.id_map import read_equivalents
from nerbench.spans.model import Annotations, Document, Span

GENE = "gene_or_protein"


def side(*captions):
    documents = [
        Document(str(at), tuple(Span(*span) for span in spans)) for at, spans in enumerate(captions)
    ]
    return Annotations("corpus", "bioc", documents)


def counts(found):
    return found.tp, found.fp, found.fn


def genes(gold, predicted, **options):
    return score_bioid(side(*gold), side(*predicted), **options).labels[GENE]


def test_extents_are_strict_or_overlapping():
    gold = [[(0, 4, "Uniprot:P1"), (5, 9, "protein:GFP"), (20, 24, "gene")]]
    found = [[(0, 4, "protein:x"), (5, 8, "NCBI gene:1"), (30, 34, "Uniprot:P9")]]
    ours = genes(gold, found)
    assert counts(ours.any.strict) == (1, 2, 2)
    assert counts(ours.any.overlap) == (2, 1, 1)
    assert counts(ours.normalized.strict) == counts(ours.normalized.overlap) == (0, 2, 1)


def test_each_span_is_in_one_pair_and_the_best_pairs_count():
    ours = genes([[(0, 9, GENE)]], [[(0, 4, GENE), (0, 9, GENE), (5, 9, GENE)]])
    assert counts(ours.any.strict) == counts(ours.any.overlap) == (1, 2, 0)


def test_another_entity_type_is_wrong_on_both_sides():
    scores = score_bioid(side([(0, 4, "Uniprot:P1")]), side([(0, 4, "GO:1")]))
    assert counts(scores.labels[GENE].any.overlap) == (0, 0, 1)
    assert counts(scores.labels["cellular_component"].any.overlap) == (0, 1, 0)


def test_any_alternative_of_gold_is_right_and_the_others_are_not_missed():
    gold = [[(0, 4, "Uniprot:P1|Uniprot:P2"), (5, 9, "Uniprot:P3")]]
    ours = genes(gold, [[(0, 4, "Uniprot:P2")]])
    assert counts(ours.micro) == (1, 0, 1)
    assert counts(genes(gold, [[(0, 4, "Uniprot:P1|Uniprot:P2")]]).micro) == (0, 1, 2)


def test_alternatives_that_share_an_identifier_are_missed_once_each_at_most():
    gold = [[(0, 4, "Uniprot:P1|Uniprot:P2"), (5, 9, "Uniprot:P1"), (9, 12, "Uniprot:P1")]]
    assert counts(genes(gold, [[]]).micro) == (0, 0, 1)


def test_identifiers_count_once_a_caption_wherever_they_stand():
    gold = [[(0, 4, "Uniprot:P1"), (5, 9, "Uniprot:P1")], [(0, 4, "Uniprot:P1")]]
    found = [[(50, 54, "Uniprot:P1"), (60, 64, "Uniprot:P1")], []]
    ours = genes(gold, found)
    assert counts(ours.micro) == (1, 0, 1)
    assert (ours.macro.precision, ours.macro.recall, ours.macro.f1) == (1.0, 0.5, 0.5)


def test_equivalent_identifiers_are_one(tmp_path):
    path = tmp_path / "classes.json"
    path.write_text('[["Uniprot:P1", "NCBI gene:1"]]')
    gold, found = [[(0, 4, "Uniprot:P1")]], [[(0, 4, "NCBI gene:1")]]
    assert counts(genes(gold, found).micro) == (0, 1, 1)
    assert counts(genes(gold, found, id_map=path).micro) == (1, 0, 0)


def test_complexes_assays_mrna_and_other_labels_are_left_out_and_the_last_said():
    unscored = [(0, 4, "Corum:1"), (0, 4, "BAO:1"), (0, 4, "Rfam:1"), (0, 4, "Disease")]
    scores = score_bioid(side(unscored), side([(0, 4, "mRNA:x"), *unscored]))
    assert scores.labels == {}
    assert "corpus: mentions of no entity type (Disease): 1; left out" in scores.notes


def test_mapped_labels_keep_their_identifiers():
    found = [[(0, 4, "Gene", ("Uniprot:P1",)), (5, 9, "Protein")]]
    gold = [[(0, 4, "Uniprot:P1"), (5, 9, "protein:GFP")]]
    ours = genes(gold, found, label_map={"Gene": GENE, "protein": GENE})
    assert counts(ours.normalized.strict) == counts(ours.micro) == (1, 0, 0)
    assert counts(ours.any.strict) == (2, 0, 0)


def test_documents_that_gold_lacks_are_left_out():
    scores = score_bioid(side([(0, 4, "gene")]), side([(0, 4, "gene")], [(0, 4, "gene")]))
    assert counts(scores.labels[GENE].any.strict) == (1, 0, 0)
    assert scores.unknown == ("1",)


def test_a_label_restricts_both_sides_before_pairing():
    gold, found = [[(0, 9, "GO:1"), (0, 8, "gene")]], [[(0, 9, "gene")]]
    assert counts(genes(gold, found, labels=["Gene_or_protein"]).any.overlap) == (1, 0, 0)
    with pytest.raises(NerbenchError, match="no mention is a cell: the entity types are cell"):
        genes(gold, found, labels=["cell"])


def test_nothing_predicted_has_no_precision():
    ours = genes([[(0, 4, "Uniprot:P1")]], [[]])
    assert (ours.any.strict.precision, ours.micro.precision, ours.micro.f1) == (None, None, None)
    assert (ours.macro.precision, ours.macro.recall, ours.macro.f1) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("label", "name"),
    [("CVCL_6412|CL:0002322", "cell_type_or_line"), ("NCBI taxon:9606", "organism_or_species"),
     ("molecule:ATP", "small_molecule"), ("UBERON:1", "tissue_or_organ"), ("uniprot", None),
     ("tissue", "tissue_or_organ"), ("Chemical", None)],
)  # fmt: skip
def test_a_type_says_the_entity(label, name):
    assert entity_type(label) == name


def test_json_has_all_conditions():
    scores = score_bioid(side([(0, 4, "Uniprot:P1")]), side([(0, 4, "Uniprot:P1")]))
    perfect = {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    extents = {"strict": perfect, "overlap": perfect}
    macro = {**perfect, "tp": None, "fp": None, "fn": None}
    ids = {"micro": perfect, "macro": macro}
    labels = {GENE: {"any": extents, "normalized": extents, "ids": ids}}
    assert json.loads(json.dumps(scores.to_dict())) == {"scheme": "bioid", "labels": labels}


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1]", "no JSON list of lists"), ("[[", "no JSON list of lists"),
     ("a\tb\nc\n", ":2: no pair of identifiers")],
)  # fmt: skip
def test_a_broken_map_of_identifiers_is_named(tmp_path, text, message):
    path = tmp_path / "map"
    path.write_text(text)
    with pytest.raises(NerbenchError, match=message):
        read_equivalents(path)


def test_a_table_of_identifiers_may_have_tabs_or_commas(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("Uniprot:P1,NCBI gene:1\nUniprot:P2,NCBI gene:1\n")
    pairs = read_equivalents(path)
    assert pairs == [([f"Uniprot:P{n}"], ["NCBI gene:1"]) for n in (1, 2)]


def test_bioid_gold_is_right_against_itself_but_for_alternatives(shared):
    folder = shared / "corpora" / "BioID" / "caption_bioc"
    for path in sorted(folder.glob("*.xml"))[::60]:
        scores = score_bioid(path, path)
        assert not any(note for note in scores.notes if "beside" in note)
        for ours in scores.labels.values():
            assert ours.any.strict.fp == ours.any.strict.fn == 0
            assert ours.micro.tp > 0 or ours.normalized.strict.tp == 0
