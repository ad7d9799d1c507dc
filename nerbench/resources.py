"""Find the shipped folders: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path


def shipped(folder: str) -> Path:
    """Return the path of the shipped `models` or `seeds` folder.

    >>> shipped("seeds").is_dir()
    True
    """
    package = Path(__file__).parent
    inside = package / folder
    return inside if inside.is_dir() else package.parent / folder
