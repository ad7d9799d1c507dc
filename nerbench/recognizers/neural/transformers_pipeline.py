"""Token classification pipelines of transformers, as their users make them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.contract import Named
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.token_classifier import normalize_tag, window_limit
from nerbench.recognizers.span_values import read_spans
from nerbench.records import Mention
from nerbench.spans.tag_sequences import split_tag

if TYPE_CHECKING:
    from transformers import TokenClassificationPipeline

_SENTENCE_END = re.compile(r"[.;:!?]\s+$")


class PipelineRecognizer(Named):
    """A token classification pipeline, whose entities with a usual label of genes are the mentions.

    It is called as it was made. Word pieces that it does not aggregate are joined to words, which
    take the tag of their first piece, and the words to mentions. Unless it has a ``stride``, a
    caption that is longer than the model reads at once is given to it in parts, which end at the
    end of a sentence or word; the pipeline alone would leave out the rest.

    Parameters
    ----------
    pipeline : TokenClassificationPipeline
        As ``transformers.pipeline("token-classification", ...)`` makes it.
    name : str, optional
        The model's name; by default the last part of the checkpoint's name or folder.

    Raises
    ------
    RecognizerError
        If it has no label of genes, or its tokenizer gives no offsets.
    """

    def __init__(self, pipeline: TokenClassificationPipeline, name: str | None = None) -> None:
        self._pipeline: Any = pipeline
        config, tokenizer = self._pipeline.model.config, self._pipeline.tokenizer
        source = re.split(r"[/\\]", str(config.name_or_path).rstrip("/\\"))[-1]
        self.name = name or source or "pipeline"
        if not tokenizer.is_fast:
            raise RecognizerError(
                f"{self.name}: its tokenizer gives no offsets: make the pipeline with use_fast=True"
            )
        try:
            self.labels = gene_labels(
                filter(None, map(_label, config.id2label.values())),
                None,
                remedy="give a function that calls it and returns its genes",
            )
        except RecognizerError as error:
            raise RecognizerError(f"{self.name}: {error}") from None
        limits = {"model_max_length": tokenizer.model_max_length}
        limit = window_limit(config.to_dict(), limits, at_most=sys.maxsize)
        self._room = limit - tokenizer.num_special_tokens_to_add()

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the weights, the tokenizer, the settings and the version of transformers."""
        from transformers import __version__

        model, tokenizer = self._pipeline.model, self._pipeline.tokenizer
        weights = sha256()
        for name, values in sorted(model.state_dict().items()):
            weights.update(name.encode())
            weights.update(values.detach().cpu().contiguous().reshape(-1).view(_bytes()).numpy())
        pieces = json.loads(tokenizer.backend_tokenizer.to_str())
        settings = {key: pieces[key] for key in pieces if key not in ("truncation", "padding")}
        tags = sorted(model.config.id2label.items())
        how = sorted(map(str, self._pipeline._postprocess_params.items()))
        return digest(__version__, weights.hexdigest(), settings, tags, how)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text."""
        texts = list(texts)
        parts = [
            (number, start, text[start:end])
            for number, text in enumerate(texts)
            for start, end in self._cut(text)
        ]
        mentions: list[list[Mention]] = [[] for _ in texts]
        answers = self._pipeline([part for _, _, part in parts]) if parts else []
        for (number, start, part), entities in zip(parts, answers, strict=True):
            mentions[number] += self._genes(entities, texts[number], start, part)
        yield from mentions

    def _genes(self, entities: Any, text: str, first: int, part: str) -> Iterator[Mention]:
        for mention in read_spans(entities, part):
            label = _label(mention.label)
            own = mention.text.strip()  # some tokenizers count the space before a word
            if label in self.labels and own:
                start = first + mention.start + mention.text.index(own)
                end = start + len(own)
                yield replace(mention, start=start, end=end, text=text[start:end], label=label)

    def _cut(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans of the parts in which a text is given to the pipeline."""
        if not text.strip():
            return
        pieces = self._pieces(text)
        start = first = 0
        while len(pieces) - first > self._room:
            ends = [pieces[piece][0] for piece in range(first + 1, first + self._room + 1)]
            spaced = [end for end in ends if end > start and text[end - 1].isspace()] or ends[-1:]
            whole = [end for end in spaced if _SENTENCE_END.search(text[start:end])]
            end = (whole or spaced)[-1]
            yield start, end
            start = end
            first = next(piece for piece, offsets in enumerate(pieces) if offsets[0] >= end)
        yield start, len(text)

    def _pieces(self, text: str) -> list[tuple[int, int]]:
        """Return the offsets of a text's word pieces."""
        if (self._pipeline._preprocess_params.get("tokenizer_params") or {}).get("stride"):
            return []
        encoding = self._pipeline.tokenizer(
            text,
            add_special_tokens=False,
            return_offsets_mapping=True,
            truncation=False,
            verbose=False,
        )
        return [tuple(offsets) for offsets in encoding["offset_mapping"]]


def _label(tag: object) -> str:
    """Return the label of a tag, without the prefix that says where in a mention a token stands.

    >>> _label("B-GENE"), _label("GENE"), _label("O")
    ('GENE', 'GENE', '')
    """
    return split_tag(normalize_tag(str(tag)))[1]


def _bytes() -> Any:
    import torch

    return torch.uint8
