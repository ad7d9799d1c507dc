"""The tutorial's notebook runs from its first cell to its last, in the folder of the docs."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).resolve().parents[2] / "docs"
NOTEBOOK = DOCS / "tutorial.ipynb"


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """The text that each cell with code shows, by the cell's first line."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(DOCS)}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.source: json.dumps(cell.outputs) for cell in cells}


def test_cells_show_what_the_text_says(outputs: dict[str, str]) -> None:
    shown = "\n".join(outputs.values())
    for words in ("perfect reader", "on-list", "lexicon", "capitals", "report.html"):
        assert words in shown
    assert all('"output_type": "error"' not in output for output in outputs.values())


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
