"""Read CoNLL files: a token and its tag on a line, a blank line between sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import lines_of
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.tag_sequences import decode, split_tag

__all__ = ["parse_conll"]


@dataclass(frozen=True, slots=True)
class _Sentence:
    line: int
    tokens: list[str]
    tags: list[str]


def parse_conll(text: str, source: str) -> Annotations:
    r"""Each sentence as a document, `sentence 1` first; its text is its tokens, a space between.

    The first column is the token, the last the tag; tabs part them, or else white space. Lines
    with -DOCSTART- are passed over. Invalid transitions are repaired and listed as problems.
    Raises RecordError, with file and line, for a line without tag or with another one.

    >>> found = parse_conll("IL-6\tB-GENE\nbinds\tO\n\n", "gold.tsv")
    >>> found.documents[0].text, found.documents[0].spans[0].end
    ('IL-6 binds', 4)
    """
    sentences = list(_sentences(text, source))
    mentions: list[list[tuple[int, int, str]]] = [[] for _ in sentences]
    try:
        found = decode([sentence.tags for sentence in sentences])
    except RecordError:
        _blame(sentences, source)
        raise
    for at, first, last, label in found.rows():
        mentions[at].append((first, last, label))
    documents = tuple(
        _document(sentence, mentions[at], at + 1, source) for at, sentence in enumerate(sentences)
    )
    return Annotations(source, "conll", documents, tuple(_faults(sentences, source)))


def _sentences(text: str, source: str) -> Iterator[_Sentence]:
    sentence: _Sentence | None = None
    for at, line in enumerate([*lines_of(text), ""], 1):
        if not line.strip() or line.startswith("-DOCSTART-"):
            if sentence is not None:
                yield sentence
            sentence = None
            continue
        fields = line.rstrip().split("\t") if "\t" in line else line.split()
        if len(fields) < 2:
            raise RecordError(f"{source}:{at}: no tag; write a token, a tab and its tag")
        sentence = sentence or _Sentence(at, [], [])
        sentence.tokens.append(fields[0].strip())
        sentence.tags.append(fields[-1].strip())


def _document(
    sentence: _Sentence, mentions: list[tuple[int, int, str]], number: int, source: str
) -> Document:
    starts, length = [], 0
    for token in sentence.tokens:
        starts.append(length)
        length += len(token) + 1
    spans = tuple(
        Span(
            start=starts[first],
            end=starts[last - 1] + max(len(sentence.tokens[last - 1]), 1),
            label=label,
            line=sentence.line + first,
        )
        for first, last, label in mentions
    )
    text = " ".join(sentence.tokens)
    return Document(f"sentence {number}", spans, text, source=source, line=sentence.line)


def _blame(sentences: Sequence[_Sentence], source: str) -> None:
    """Raise RecordError, with the place, at the first tag that is none."""
    for sentence in sentences:
        for at, tag in enumerate(sentence.tags, sentence.line):
            try:
                split_tag(tag)
            except RecordError as error:
                raise RecordError(f"{source}:{at}: {error}") from None


def _faults(sentences: Sequence[_Sentence], source: str) -> Iterator[Problem]:
    """The transitions that the file's own scheme does not allow."""
    seen = {tag for sentence in sentences for tag in sentence.tags}
    prefixes = {split_tag(tag)[0] for tag in seen}
    ends = bool(prefixes & {"E", "S"})
    begins = ends or not _is_iob1(sentences)
    for sentence in sentences:
        before = "O"
        for at, tag in enumerate([*sentence.tags, "O"], sentence.line):
            if tag == before == "O":
                continue
            (prefix, label), (earlier, other) = split_tag(tag), split_tag(before)
            goes_on = earlier in "BI" and prefix in "IE" and label == other
            if begins and prefix in "IE" and not goes_on:
                yield Problem(f"{source}:{at}", f"{tag} after {before}: read as a mention's begin")
            elif ends and earlier in "BI" and not goes_on:
                yield Problem(f"{source}:{at}", f"{tag} after {before}: read as a mention's end")
            before = tag


def _is_iob1(sentences: Sequence[_Sentence]) -> bool:
    """Whether B stands only where a mention follows another of its label, as in IOB1."""
    return not any(
        tag.startswith("B") and before[1:] != tag[1:]
        for sentence in sentences
        for before, tag in zip(["O", *sentence.tags], sentence.tags, strict=False)
    )
