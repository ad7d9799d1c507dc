"""Put data and scripts into a page so that nothing in them can act: JSON that no parser takes for
markup, a policy that lets only the page's own scripts run, plotly.js packed small.
"""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from markupsafe import Markup

__all__ = ["json_list", "json_object", "json_text", "packed", "policy"]

_ESCAPES = tuple((c, f"\\u{ord(c):04x}") for c in "<>&\u2028\u2029")
_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(value: Any) -> Markup:
    r"""A value as JSON that can stand in a script element, and in a JavaScript file.

    >>> print(json_text("</script><!-- \u2028 & \ud800"))
    "\u003c/script\u003e\u003c!-- \u2028 \u0026 \ud800"
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return Markup(_SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text))


def json_list(values: Iterable[Markup]) -> Markup:
    """Values that are JSON already as a list of them.

    >>> print(json_list([json_text(1), json_text("b")]))
    [1,"b"]
    """
    return Markup(f"[{','.join(values)}]")


def json_object(values: Mapping[str, Markup]) -> Markup:
    """Values that are JSON already as an object with them.

    >>> print(json_object({"a": json_text(1)}))
    {"a":1}
    """
    return Markup("{" + ",".join(f"{json_text(name)}:{one}" for name, one in values.items()) + "}")


def packed(script: str) -> Markup:
    """A script, compressed and in letters that need no escaping.

    >>> print(packed("var a;")[:6])
    H4sIAA
    """
    return Markup(b64encode(gzip.compress(script.encode(), 9, mtime=0)).decode("ascii"))


def policy(scripts: Iterable[str], style: str, *, own_folder: bool) -> str:
    """The Content-Security-Policy of a page: no network, no script or style sheet but these.

    With ``own_folder``, scripts beside the page may be loaded, too. Style attributes are allowed:
    plotly sets them.

    >>> policy([], "", own_folder=True)[:37]
    "default-src 'none'; script-src 'self'"
    """
    allowed = [*map(_hash, scripts), *(["'self'"] if own_folder else [])] or ["'none'"]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(allowed)}",
            f"style-src {_hash(style)}",
            "style-src-attr 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode('ascii')}'"
