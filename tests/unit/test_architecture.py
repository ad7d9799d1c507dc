"""Rules of the source tree: imports, names, sizes, and pages that must agree with the code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import nerbench

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = sorted((ROOT / "nerbench").rglob("*.py"))
SOURCES = [*PACKAGE, *sorted((ROOT / "models" / "train").rglob("*.py"))]

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60

# Files, and functions as FILE::NAME, that may be longer, each with its reason. The complexity of
# functions is ruff's to check (C901, in pyproject.toml).
EXCEPTIONS: dict[str, str] = {}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without those of its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1)


def oversized() -> dict[str, int]:
    """The files and functions over their limit, with their lines."""
    sizes = {}
    for path in SOURCES:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_FILE_LINES:
            sizes[relative(path)] = lines
        for function in functions(path):
            lines = code_lines(function)
            if lines > MAX_FUNCTION_LINES:
                sizes[f"{relative(path)}::{function.name}"] = lines
    return sizes


def module_name(path: Path) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem


def imported_libraries(path: Path) -> Iterator[str]:
    """The top-level names that a file imports, other than the package's own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (top for name in names if (top := name.partition(".")[0]) != "nerbench")


def test_every_import_goes_down_the_floors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = pytest.importorskip("importlinter.cli", reason="needs nerbench[dev]: import-linter")
    monkeypatch.chdir(ROOT)
    status = cli.lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_no_two_modules_have_one_name() -> None:
    paths = defaultdict(list)
    for path in PACKAGE:
        paths[module_name(path)].append(relative(path))
    assert {name: files for name, files in paths.items() if len(files) > 1} == {}


def test_no_module_is_named_like_a_library_that_the_package_imports() -> None:
    libraries = {name for path in PACKAGE for name in imported_libraries(path)}
    assert {"numpy", "spacy", "polars", "json"} <= libraries
    assert [relative(path) for path in PACKAGE if module_name(path) in libraries] == []


def test_files_and_functions_are_within_their_limits() -> None:
    over = {place: lines for place, lines in oversized().items() if place not in EXCEPTIONS}
    assert over == {}, f"over {MAX_FILE_LINES} lines a file, {MAX_FUNCTION_LINES} a function"


def test_no_exception_is_kept_that_is_not_needed() -> None:
    assert sorted(EXCEPTIONS.keys() - oversized().keys()) == []


def test_the_api_reference_describes_every_public_name() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    described = re.findall(r"(?m)^::: nerbench\.(\w+)$", page)
    assert sorted(described) == sorted(set(nerbench.__all__) - {"__version__"})


def test_the_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == nerbench.__version__


def test_the_map_for_contributors_names_modules_that_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    way = page.partition("## A caption's way")[2].partition("\n## ")[0]
    modules = re.findall(r"`([a-z_]+)\.([a-z_]+)`", way)
    assert len(modules) > 15
    assert [
        f"{package}.{module}"
        for package, module in modules
        if not (ROOT / "nerbench" / package / f"{module}.py").is_file()
    ] == []
