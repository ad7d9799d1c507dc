"""The contract of a plug-in: a name, a fingerprint, and mentions for texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from nerbench.records import Mention


class Recognizer(Protocol):
    r"""The interface that nerbench needs of a model. Any object with these members is a recognizer.

    A recognizer may also have a method ``notes() -> list[str]``: what the user should know after
    a run, such as the number of requests or the labels that were left out; and an attribute
    ``trained_on``: the ids of the figures or papers that it was trained on. Every wrapper passes
    both on. An exception in any member fails this recognizer alone, not the run.

    Attributes
    ----------
    name : str
        The model's name in reports. No two models of a run have one name.
    fingerprint : str
        A text that changes whenever the mentions could. Predictions are kept and reused under
        the name and the fingerprint. It is read once per run.

    Examples
    --------
    >>> import re
    >>> import nerbench
    >>> class Capitals:
    ...     name, fingerprint = "capitals", "1"
    ...
    ...     def recognize(self, texts):
    ...         for text in texts:
    ...             words = re.finditer(r"\b[A-Z]{2,}\d*\b", text)
    ...             yield [nerbench.Mention(*word.span(), word.group()) for word in words]
    >>> nerbench.evaluate(nerbench.open_corpus("seeds"), Capitals()).models[0].name
    'capitals'
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, in the order of the texts.

        Parameters
        ----------
        texts : iterable of str
            Captions. Some may be empty.

        Yields
        ------
        list of Mention
            One list per text, empty if the text has no mention. Offsets count Unicode code
            points and are half-open.
        """
        ...


class Named:
    """A base of recognizers: a prompt shows the class and the name."""

    name: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


def recognizer_notes(recognizer: object) -> list[str]:
    """Return the notes of a recognizer, none if it has no method ``notes``.

    >>> recognizer_notes(object())
    []
    """
    notes = getattr(recognizer, "notes", None)
    return list(notes()) if notes is not None else []


def one_line(error: BaseException, max_length: int = 300) -> str:
    r"""Return the type and message of an exception on one line, for a message.

    >>> one_line(ValueError("no\n such file"))
    'ValueError: no such file'
    """
    return " ".join(f"{type(error).__name__}: {error}".split())[:max_length]
