"""What the card of a token classifier says, and what the checkpoint's own settings do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.neural.checkpoint import Checkpoint, CheckpointCard

__all__ = ["TokenCard", "tags_of", "window_limit"]

_LARGEST = 512
_SHIFTED = frozenset(("camembert", "data2vec-text", "esm", "ibert", "longformer", "mpnet", "xmod"))
"""Architectures that, like RoBERTa, count positions from the padding piece on."""


class TokenCard(CheckpointCard):
    """The card of a token classifier.

    ``tags`` say what the model's tags mean where their names do not (`LABEL_1: B-GENE`);
    ``window`` is how many word pieces it reads at once, if not as many as it can.
    """

    tags: dict[str, str] = Field(default_factory=dict)
    window: int | None = Field(default=None, ge=8)

    def named_tags(self, checkpoint: Checkpoint) -> list[str]:
        """The checkpoint's tags, by column of its scores, as the card names them.

        Raises RecognizerError if it has not those that the card speaks of.
        """
        known = tags_of(checkpoint)
        if unknown := sorted(self.tags.keys() - set(known)):
            raise RecognizerError(
                f"the model has no tag {', '.join(unknown)}; it has {', '.join(known)}"
            )
        return [self.tags.get(tag, tag) for tag in known]

    def room(self, checkpoint: Checkpoint) -> int:
        """How many pieces a window has: as the card says, else as many as the model reads."""
        settings = checkpoint.json("tokenizer_config.json")
        limit = window_limit(checkpoint.json("config.json"), settings)
        return min(self.window or limit, limit)


def tags_of(checkpoint: Checkpoint) -> list[str]:
    """The tags of a token classifier, by column of its scores.

    Raises RecognizerError if the checkpoint is none.
    """
    config = checkpoint.json("config.json")
    if not config:
        raise RecognizerError(f"{checkpoint.folder}: no checkpoint: it has no config.json")
    known = [str(name) for name in config.get("architectures") or ()]
    if not any(name.endswith("ForTokenClassification") for name in known):
        raise RecognizerError(
            f"{checkpoint.folder}: no token classifier, but {', '.join(known) or 'nothing known'}: "
            "fine-tune it for named entities first"
        )
    names = config.get("id2label") or {}
    try:
        return [str(names[str(at)]) for at in range(len(names))]
    except (KeyError, TypeError):
        raise RecognizerError(f"{checkpoint.folder}/config.json: id2label has gaps") from None


def window_limit(config: Mapping[str, Any], tokenizer: Mapping[str, Any]) -> int:
    """How many pieces a checkpoint reads at once, special ones included: at most 512.

    ``config`` and ``tokenizer`` are its `config.json` and `tokenizer_config.json`.

    >>> window_limit({"max_position_embeddings": 130, "model_type": "roberta"}, {})
    128
    """
    positions = config.get("max_position_embeddings") or _LARGEST
    kind = str(config.get("model_type", ""))
    if "roberta" in kind or kind in _SHIFTED:
        pad = config.get("pad_token_id")
        positions -= (1 if pad is None else pad) + 1
    said = tokenizer.get("model_max_length") or tokenizer.get("max_len") or _LARGEST
    return int(min(positions, said, _LARGEST))
