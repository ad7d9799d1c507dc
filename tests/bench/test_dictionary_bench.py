"""The dictionary recognizer beside other matchers of names, given the same names. Run with
``make bench``; gilda is compared where it is installed (``pip install gilda``).

Each is timed by the processor time it uses over the same captions, in turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

import pytest
from made import made_figures

from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.recognizers.dictionary import LexiconRecognizer


@pytest.fixture(scope="module")
def recognizer() -> LexiconRecognizer:
    made = LexiconRecognizer()
    list(made.recognize([figure.caption for figure in made_figures(50, seed=1)]))
    return made


def names(nomenclature: Nomenclature) -> Iterator[tuple[int, str, str]]:
    """Every spelling that the lexicons know: (taxon, folded form, spelling)."""
    for taxon in nomenclature:
        lexicon = nomenclature[taxon]
        for key in lexicon.folded_names():
            yield from ((taxon, key, alias.name) for alias in lexicon.index.aliases(key))
        yield from ((taxon, "", symbol) for symbol in lexicon.symbols)


def times_faster(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """How many times the processor time of ours theirs takes, and both: medians of the rounds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        theirs()
        middle = time.process_time()
        ours()
        spent.append((middle - start, time.process_time() - middle))
    ratio = median(their / our for their, our in spent)
    return ratio, median(our for _, our in spent), median(their for their, _ in spent)


@pytest.mark.benchmark(group="the dictionary beside spaCy's PhraseMatcher, same names")
def test_the_dictionary_beside_a_phrase_matcher(benchmark, recognizer):
    import spacy
    from spacy.matcher import PhraseMatcher

    spellings = sorted({name for _, _, name in names(load_nomenclature())})
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("GENE", list(nlp.tokenizer.pipe(spellings)))
    captions = [figure.caption for figure in made_figures(1000)]

    def theirs():
        for doc in nlp.tokenizer.pipe(captions):
            spacy.util.filter_spans(matcher(doc, as_spans=True))

    result = benchmark.pedantic(
        times_faster, (lambda: list(recognizer.recognize(captions)), theirs, 5), rounds=1
    )
    ratio, ours, their = result
    print(
        f"\n{len(spellings):,} names: {ours:.2f} s, PhraseMatcher {their:.2f} s, {ratio:.1f} times"
    )


@pytest.mark.benchmark(group="the dictionary beside gilda's annotate, same terms")
def test_the_dictionary_beside_gilda(benchmark, recognizer):
    pytest.importorskip("gilda", reason="gilda is not installed")
    from gilda.grounder import Grounder
    from gilda.ner import annotate
    from gilda.process import normalize
    from gilda.term import Term

    terms = [
        Term(normalize(name), name, "EGID", str(at), name, "synonym", "nerbench", str(taxon))
        for at, (taxon, _, name) in enumerate(sorted(set(names(load_nomenclature()))))
        if normalize(name).strip()
    ]
    grounder = Grounder(terms)
    grounder.gilda_disambiguators = {}  # its models of context are a download of their own
    captions = [figure.caption for figure in made_figures(200)]
    taxa = ["9606", "7227"]

    def theirs():
        for caption in captions:
            annotate(caption, grounder=grounder, organisms=taxa)

    result = benchmark.pedantic(
        times_faster, (lambda: list(recognizer.recognize(captions)), theirs, 3), rounds=1
    )
    ratio, ours, their = result
    print(f"\n{len(terms):,} terms: {ours:.3f} s, gilda {their:.2f} s, {ratio:.1f} times")
