"""What a language model replies: read strictly, and kept on disk.

A reply is kept under all that it depends on: where it came from and the whole question. A key is
no part of either.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

__all__ = ["Reply", "ReplyCache"]

_FENCED = re.compile(r"(?s)```(?:json)?\s*(.*?)\s*```")
_THOUGHT = re.compile(r"(?s)\s*<think>.*?</think>")


@dataclass(frozen=True, slots=True)
class Reply:
    """A usable reply, and the tokens that it took, corrections included.

    Usable is `{"genes": ["NAME", ...]}`, in a code fence or not, after a model's thoughts or not.
    Raises ValueError, with what is wrong, if it is anything else.

    >>> Reply('{"genes": ["IL-6"]}').genes
    ['IL-6']
    >>> Reply("IL-6")
    Traceback (most recent call last):
    ValueError: it is no JSON
    """

    content: str
    input_tokens: int = 0
    output_tokens: int = 0

    def __post_init__(self) -> None:
        _ = self.genes

    @property
    def genes(self) -> list[str]:
        """The names that it gives."""
        text = _THOUGHT.sub("", self.content, count=1).strip()
        fenced = _FENCED.fullmatch(text)
        try:
            answer = json.loads(fenced[1] if fenced else text)
        except (ValueError, RecursionError):
            raise ValueError("it is no JSON") from None
        genes = answer.get("genes") if isinstance(answer, dict) else None
        if not isinstance(genes, list) or not all(isinstance(name, str) for name in genes):
            raise ValueError('it is no object with a list of strings "genes"')
        return genes


class ReplyCache:
    """Replies in a folder, a file each, named after the digest of what was asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder. Raises OSError if that cannot be."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def get(self, asked: Mapping[str, Any]) -> Reply | None:
        """The reply to what was asked; None if there is none, or a broken one."""
        try:
            fields = json.loads(self._path(asked).read_bytes())
            reply = Reply(fields["content"], fields["input_tokens"], fields["output_tokens"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        counts = (reply.input_tokens, reply.output_tokens)
        return reply if all(isinstance(count, int) for count in counts) else None

    def put(self, asked: Mapping[str, Any], reply: Reply) -> None:
        """Keep a reply, all of it or nothing. Raises OSError if it cannot be written."""
        handle, part = tempfile.mkstemp(dir=self._folder, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(reply), file)
            Path(part).replace(self._path(asked))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(part).unlink()
            raise

    def _path(self, asked: Mapping[str, Any]) -> Path:
        name = sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return self._folder / f"{name}.json"
