"""Put cases through the reader and through `evaluate`, in a process that may be killed.

The process that works says when it begins a case and what came of it; the one that watches kills
it when a case takes too long, starts another, and writes down the case that did it.
"""

from __future__ import annotations

import io
import multiprocessing
import re
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from mutations import Case, make_case

from nerbench import Figure, NerbenchError, evaluate, load_recognizer, open_corpus
from nerbench.recognizers.contract import Recognizer

__all__ = ["Find", "Result", "campaign", "read_and_score"]

SECONDS = 5.0
"""Processor time that a record may take, reading and scoring together."""
MEGABYTES = 600
"""Growth of the memory of the process that is allowed, over all cases."""
_ADDRESS_SPACE = 6 << 30
_PATIENCE = 4 * SECONDS  # of wall time: the processor may be shared
_AGAIN = 5  # one case in so many is read from an archive and scored with others, too
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Find:
    """A case that did what none may, and what that was."""

    number: int
    what: str


@dataclass(slots=True)
class Result:
    """The result of a campaign. ``slowest`` is (seconds, case's number, what was done to it)."""

    scored: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    finds: list[Find] = field(default_factory=list)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)
    grown: float = 0.0

    @property
    def cases(self) -> int:
        """The number of cases that were either scored or skipped with a reason."""
        return self.scored + self.skipped.total()


def campaign(
    seed: int,
    numbers: Sequence[int],
    models: Sequence[str] = ("lexicon",),
    on_case: Callable[[int], None] = lambda _: None,
    work: Callable[[Connection, int, list[int], Sequence[str]], None] | None = None,
) -> Result:
    """Try cases of a seed, by their numbers, with the reader or with other `work`."""
    result = Result()
    left = list(numbers)
    while left:
        done = _watch(work or read_and_score, seed, left, models, result, on_case)
        left = left[done:]
    result.slowest = sorted(result.slowest, reverse=True)[:15]
    return result


def _watch(
    work: Callable[[Connection, int, list[int], Sequence[str]], None],
    seed: int,
    numbers: list[int],
    models: Sequence[str],
    result: Result,
    on_case: Callable[[int], None],
) -> int:
    """Let one process work until it is through or has to be killed; how many cases that were."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    # Not forked: polars hangs in a process that is forked after its threads have started.
    process = multiprocessing.get_context("spawn").Process(
        target=work, args=(theirs, seed, numbers, models), daemon=True
    )
    process.start()
    theirs.close()
    at, patience = 0, 120.0  # it loads the lexicons first
    try:
        while at < len(numbers):
            if not ours.poll(patience):
                result.finds.append(Find(numbers[at], f"took over {patience:g} s and was ended"))
                return at + 1
            kind, *facts = ours.recv()
            patience = _PATIENCE
            if kind == "case":
                _note(result, numbers[at], *facts)
                on_case(at)
                at += 1
            elif kind == "batch":
                patience = 120.0
            elif kind == "find":
                result.finds.append(Find(*facts))
        ours.poll(120.0)
    except EOFError:
        process.join()
        at = min(at, len(numbers) - 1)
        result.finds.append(Find(numbers[at], f"ended the process: status {process.exitcode}"))
        return at + 1
    finally:
        process.kill()
        process.join()
    return len(numbers)


def _note(
    result: Result, number: int, outcome: str, wrong: str, seconds: float, grown: float, how: str
) -> None:
    if wrong:
        result.finds.append(Find(number, wrong))
    elif outcome:
        result.skipped[outcome] += 1
    else:
        result.scored += 1
    if seconds > SECONDS:
        result.finds.append(Find(number, f"took {seconds:.1f} s"))
    if grown > MEGABYTES >= result.grown:
        result.finds.append(Find(number, f"the memory has grown by {grown:.0f} MB"))
    result.grown = max(result.grown, grown)
    result.slowest.append((seconds, number, how))
    if len(result.slowest) > 1000:
        result.slowest = sorted(result.slowest, reverse=True)[:15]


# --- in the process that works


def _memory() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_and_score(pipe: Connection, seed: int, numbers: list[int], models: Sequence[str]) -> None:
    """Say of each case when it begins and what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    recognizers = [load_recognizer(model) for model in models]
    evaluate([Figure("warm", "IL-6 (interleukin 6) binds dl")], recognizers, organism="all")
    before = _memory()
    cases: list[Case] = []
    for number in numbers:
        case = make_case(seed, number)
        with TemporaryDirectory() as folder:
            case.write(Path(folder))
            started = time.process_time()
            reason, wrong = _outcome(Path(folder), recognizers)
            seconds = time.process_time() - started
        pipe.send(("case", reason, wrong, seconds, _memory() - before, "+".join(case.done)))
        if number % _AGAIN == 0:
            cases.append(case)
        if cases and (len(cases) == _BATCH or number == numbers[-1]):
            pipe.send(("batch",))
            for find in _batch(cases, recognizers):
                pipe.send(("find", *find))
            cases = []
    pipe.close()


def _outcome(folder: Path, recognizers: Sequence[Recognizer]) -> tuple[str, str]:
    """Why the record in a folder was skipped, if it was; and what is wrong, if anything."""
    corpus = open_corpus(folder)
    try:
        figures = list(corpus)
        if not figures:
            (problem,) = corpus.skipped
            return _kind(problem.reason), _unfit(problem.reason)
        models = evaluate(figures, recognizers).models
    except BaseException as error:
        return "", f"{type(error).__name__}: {error}"[:300]
    return "", "; ".join(model.failure for model in models if model.failure)


def _kind(reason: str) -> str:
    """A reason without its particulars, so that like ones are counted together."""
    plain = re.sub(r"'.*|\(.*|0x\w+", "", reason.removeprefix("line "))
    return re.sub(r"PMC\S+|[\d,]+", "#", plain)[:60]


def _unfit(reason: str) -> str:
    """Return what is wrong with a reason as a message to a person, if anything."""
    if reason.startswith("cannot be read ("):
        return f"not foreseen: {reason}"
    if not reason or len(reason) > 400 or not reason.isprintable():
        return f"the reason is no line to show: {reason[:100]!r}"
    return ""


def _batch(cases: Sequence[Case], recognizers: Sequence[Recognizer]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong when cases are read from one archive and scored together."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "cases.zip")
        path.write_bytes(_zipped(cases))
        corpus = open_corpus(path)
        try:
            evaluation = evaluate(corpus, recognizers, organism="all")
        except NerbenchError as error:
            if corpus.figures:
                yield cases[-1].number, f"a batch of {len(cases)} cannot be scored: {error}"
            return
        except Exception as error:
            yield cases[-1].number, f"a batch of {len(cases)}: {type(error).__name__}: {error}"
            return
    if len(evaluation.figids) + len(corpus.skipped) != len(cases):
        yield cases[-1].number, f"of a batch of {len(cases)}, some were neither scored nor skipped"
    for problem in corpus.skipped:
        if wrong := _unfit(problem.reason):
            yield cases[-1].number, f"{problem.source}: {wrong}"


def _zipped(cases: Sequence[Case]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for case in cases:
            for name, content in case.files.items():
                archive.writestr(name, content)
    return stream.getvalue()
