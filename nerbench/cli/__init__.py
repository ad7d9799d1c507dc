"""The command line; `main` is its entry point."""

from nerbench.cli.app import main

__all__ = ["main"]
