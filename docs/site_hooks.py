"""Build steps of the documentation site: pages from outside docs/, and examples in docstrings.

MkDocs calls the functions named ``on_...``, and griffe, which reads docstrings, the extension.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import griffe
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from typer.cli import get_docs_for_click

from nerbench.cli.app import app

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "models/DEFAULT.md": "default-recognizer.md",
    "nerbench/gold/README.md": "shipped-gold.md",
    "nerbench/gold/GUIDELINE.md": "gold-guideline.md",
    "models/train/README.md": "training.md",
    "models/train/RESULTS.md": "training-results.md",
}
"""Files of the repository outside docs/ that are pages of the site, and the pages' names."""

_LINK = re.compile(r"\[([^\[\]]*)\]\((?!\w+:|#)([^()\s#]+)(#[^()\s]*)?\)")
_FENCE = re.compile(r"(?m)^```(\w+) +([^`\n]+)$")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside docs/, and the reference of the command line."""
    root = posixpath.dirname(config.config_file_path)
    for source, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=posixpath.join(root, source)))
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="nerbench")
    reference = get_docs_for_click(obj=command, ctx=context, name="nerbench")
    reference = reference.replace("# `nerbench`", "# Command line", 1)
    files.append(File.generated(config, "commands.md", content=reference))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Point links at the site's pages, and give code blocks the titles that their fences name."""
    sources = {uri: source for source, uri in PAGES.items()}
    source = sources.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    markdown = _LINK.sub(lambda link: _site_link(link, posixpath.dirname(source)), markdown)
    return _FENCE.sub(_titled_fence, markdown)


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Point the links of a notebook, which MkDocs does not read, at the site's pages."""
    if not page.file.src_uri.endswith(".ipynb"):
        return html
    return re.sub(r'(href="(?!\w+:)[^"#]+)\.md([#"])', r"\1.html\2", html)


def on_post_build(config: MkDocsConfig) -> None:
    """Stop if a page of the site links to a page or a heading that is not there.

    The gallery is made after the site. Only the page for missing addresses has links from the root.
    """
    folder = Path(config.site_dir)
    pages = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    anchors = {
        name: set(re.findall(r'\b(?:id|name)="([^"]+)"', page)) for name, page in pages.items()
    }
    dead = [
        f"{name}: {link}"
        for name, page in sorted(pages.items())
        for link in sorted(set(re.findall(r'\bhref="([^"]*)"', page)))
        if name != "404.html" and not _is_alive(unescape(link), name, folder, anchors)
    ]
    if dead:
        raise PluginError("links that lead nowhere (page: link):\n" + "\n".join(dead))


def _is_alive(link: str, page: str, folder: Path, anchors: Mapping[str, set[str]]) -> bool:
    if re.match(r"\w+:|//|gallery/", link):
        return True
    path, _, anchor = link.partition("#")
    target = posixpath.normpath(unquote(path)) if path else page
    if target == ".":
        target = "index.html"
    is_there = (folder / target).exists()
    return is_there and (not anchor or unquote(anchor) in anchors.get(target, {unquote(anchor)}))


def _site_link(link: re.Match[str], folder: str) -> str:
    """A link to a file of the repository as one to its page; its text alone if it has no page."""
    text, target, anchor = link.groups("")
    path = posixpath.normpath(posixpath.join(folder, target))
    if path in PAGES:
        return f"[{text}]({PAGES[path]}{anchor})"
    if path.startswith("docs/"):
        return f"[{text}]({path.removeprefix('docs/')}{anchor})"
    return text


def _titled_fence(fence: re.Match[str]) -> str:
    """A fence with a title, if it names a file; its other words are for the tests."""
    language, words = fence.groups()
    names = [word.removeprefix("file=") for word in words.split() if "." in word]
    return f'```{language} title="{names[0]}"' if names else f"```{language}"


class BareDoctests(griffe.Extension):
    """Gives the examples of a docstring that has no Examples section one of their own."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Put the heading above the first example of an object's docstring."""
        docstring = obj.docstring
        if docstring and not re.search(r"(?m)^Examples\n-+$", docstring.value):
            examples = re.compile(r"(?m)^(?=>>> )")
            docstring.value = examples.sub("Examples\n--------\n", docstring.value, count=1)
