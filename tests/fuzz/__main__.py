"""Try many hostile records: ``python tests/fuzz --seed 1 --count 20000``.

Each find is saved with the command that makes it again; the exit status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from campaign import campaign
from mutations import make_case


def main() -> int:
    """Run the campaign that the arguments ask for and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--only", type=int, action="append", help="try this case; repeatable")
    parser.add_argument("--model", action="append", help="a recognizer; repeatable")
    parser.add_argument("--out", type=Path, default=Path("reports/fuzz"), help="for the finds")
    asked = parser.parse_args()
    numbers = asked.only or range(asked.count)
    started = time.monotonic()

    def tick(at: int) -> None:
        if at % 500 == 499:
            print(f"{at + 1} cases, {time.monotonic() - started:.0f} s", file=sys.stderr)

    result = campaign(asked.seed, numbers, asked.model or ["lexicon"], tick)
    print(f"{len(numbers)} cases in {time.monotonic() - started:.0f} s:", end=" ")
    print(f"{result.scored} scored, {result.skipped.total()} skipped, {len(result.finds)} finds")
    print(f"memory grew by {result.grown:.0f} MB; the slowest, in seconds of processor time:")
    for seconds, number, how in result.slowest:
        print(f"  {seconds:6.2f}  case {number}: {how}")
    print("skipped, by reason:")
    for reason, count in result.skipped.most_common():
        print(f"  {count:6}  {reason}")
    for find in result.finds:
        case = make_case(asked.seed, find.number)
        case.write(asked.out)
        print(f"FIND case {find.number} ({'+'.join(case.done)}): {find.what}")
        print(f"  {asked.out}/{case.name}.md; python tests/fuzz --seed {asked.seed}", end=" ")
        print(f"--only {find.number}")
    return 1 if result.finds else 0


if __name__ == "__main__":
    sys.exit(main())
