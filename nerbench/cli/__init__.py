"""The command line."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit, also if it is interrupted while its modules are imported."""
    try:
        from nerbench.cli.app import main as run
    except KeyboardInterrupt:
        print("nerbench: interrupted", file=sys.stderr)
        sys.exit(130)
    run()
