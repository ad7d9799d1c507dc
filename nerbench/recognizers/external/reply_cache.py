"""Replies of a language model, read strictly and kept by endpoint and question."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import StrictInt, StrictStr, TypeAdapter

_CODE_FENCE = re.compile(r"(?s)```(?:json)?\s*(.*?)\s*```")
_THOUGHTS = re.compile(r"(?s)\s*<think>.*?</think>")


@dataclass(frozen=True, slots=True)
class Reply:
    """A usable reply, `{"genes": ["NAME"]}` (fenced or after thoughts too), and its tokens.

    Raises ValueError, with the fault, if it is anything else.

    >>> Reply('{"genes": ["IL-6"]}').genes
    ['IL-6']
    >>> Reply("IL-6")
    Traceback (most recent call last):
    ValueError: it is no JSON
    """

    content: StrictStr
    input_tokens: StrictInt = 0
    output_tokens: StrictInt = 0

    def __post_init__(self) -> None:
        _ = self.genes

    @property
    def genes(self) -> list[str]:
        text = _THOUGHTS.sub("", self.content, count=1).strip()
        fenced = _CODE_FENCE.fullmatch(text)
        try:
            answer = json.loads(fenced[1] if fenced else text)
        except (ValueError, RecursionError):
            raise ValueError("it is no JSON") from None
        genes = answer.get("genes") if isinstance(answer, dict) else None
        if not isinstance(genes, list) or not all(isinstance(name, str) for name in genes):
            raise ValueError('it is no object with a list of strings "genes"')
        return genes


_REPLY = TypeAdapter(Reply)


class ReplyCache:
    """A folder of replies, a JSON file each, which several processes may write to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def get(self, question: Mapping[str, Any]) -> Reply | None:
        """Return the reply to a question; None if there is none, or a damaged one."""
        try:
            return _REPLY.validate_python(json.loads(self._path(question).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, question: Mapping[str, Any], reply: Reply) -> None:
        """Keep a reply, whole or not at all. Raises OSError if it cannot be written."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            part = Path(folder, "reply.json")
            with part.open("w", encoding="utf-8") as file:
                json.dump(asdict(reply), file)
            part.replace(self._path(question))

    def _path(self, question: Mapping[str, Any]) -> Path:
        name = sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
        return self._folder / f"{name}.json"
