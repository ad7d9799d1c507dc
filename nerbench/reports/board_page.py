"""`leaderboard.html`: which recognizer to take, over all corpora of several runs, on one screen."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from nerbench.engine.leaderboard import Leaderboard
from nerbench.files import write_file, writing
from nerbench.reports.page import page_script, page_style, page_templates
from nerbench.reports.safe_html import content_security_policy
from nerbench.version import __version__

_PARTS = ("base", "theme", "tables", "tooltips", "board")


def write_leaderboard(board: Leaderboard, folder: Path, *, has_report: bool) -> None:
    """Write `leaderboard.html` into a folder; it links to the report beside it if there is one.

    Raises
    ------
    NerbenchError
        If the file cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    script, style = page_script(*_PARTS), page_style()
    page = (
        page_templates()
        .get_template("leaderboard.html.j2")
        .render(
            board=board,
            has_report=has_report,
            version=__version__,
            has_gold=any(corpus.marked for corpus in board.corpora),
            kinds=sorted({model.card.kind for model in board.models if model.card}),
            licences=sorted(
                {model.card.licence for model in board.models if model.card and model.card.licence}
            ),
            script=Markup(script),
            style=Markup(style),
            policy=content_security_policy(script, style, own_folder=False),
        )
    )
    write_file(folder / "leaderboard.html", page)
