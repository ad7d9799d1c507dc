"""The examples of the page on the Python interface, run as the cells of a notebook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs nerbench[dev]")
nbclient = pytest.importorskip("nbclient", reason="needs nerbench[dev]")
pytest.importorskip("ipykernel", reason="needs nerbench[dev]")

ROOT = Path(__file__).resolve().parents[2]
FIGID = "PMC8714735__fonc-11-760971-g003"


def examples(page: Path) -> list[str]:
    """Return the Python examples of a page that are to be run."""
    return re.findall(r"(?ms)^```python\n(.*?)^```$", page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The cells by their last line, after they have been run."""
    sources = examples(ROOT / "docs" / "api.md") + examples(ROOT / "README.md")
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    folder = tmp_path_factory.mktemp("notebook")
    client = nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    nbformat.write(notebook, folder / "api.ipynb")
    return {cell.source.splitlines()[-1]: cell for cell in notebook.cells}


def html_of(cell: Any) -> str:
    """Return what a cell shows as its result."""
    return str(cell.outputs[-1].data["text/html"])


def text_of(cell: Any) -> str:
    return str(cell.outputs[-1].data["text/plain"])


def test_an_evaluation_is_shown_as_its_tables_and_plots(cells: dict[str, Any]) -> None:
    shown = html_of(cells["evaluation"])
    assert "against 1 marked caption, best strict F1 first" in shown
    assert "level family, scope auto, 1 figure, micro average" in shown
    assert shown.count("<img alt=") == 3
    assert "<script" not in shown


def test_one_figure_is_shown_with_its_marks(cells: dict[str, Any]) -> None:
    shown = html_of(cells[f'evaluation.show("{FIGID}")'])
    assert f'aria-label="Figure {FIGID}"' in shown
    for kind in ("on-list", "off-list", "annotated"):
        assert f'<mark class="{kind}' in shown
    for model in ("default", "lexicon"):
        assert f"<h4><bdi>{model}</bdi></h4>" in shown


def test_progress_is_shown_and_leaves_nothing_behind(cells: dict[str, Any]) -> None:
    outputs = [output for cell in cells.values() for output in cell.outputs]
    lines = [output.data for output in outputs if output.output_type == "display_data"]
    assert lines
    assert all(line == {"text/plain": ""} for line in lines)
    assert not [output for output in outputs if output.output_type == "stream"]


def test_a_failure_of_one_of_several_is_a_value(cells: dict[str, Any]) -> None:
    (failed,) = (cell for line, cell in cells.items() if line.startswith("[model.failure"))
    assert f"fails: failed on figure {FIGID}: ValueError: out of memory" in text_of(failed)


def test_data_frames_are_shown_as_such(cells: dict[str, Any]) -> None:
    for line, cell in cells.items():
        if line.startswith(("evaluation.genes()", "evaluation.names()")):
            assert "shape: (" in html_of(cell)
