"""Data and scripts in a page without a way to act: JSON that no parser takes for markup, and a
policy that lets only the page's own script run.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from markupsafe import Markup

_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(value: Any) -> Markup:
    r"""Return a value as JSON for a script element or a JavaScript file.

    >>> print(json_text("</script><!-- \u2028 & \ud800"))
    "\u003c/script\u003e\u003c!-- \u2028 \u0026 \ud800"
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(_SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text))


def json_list(values: Iterable[Markup]) -> Markup:
    """Join values that are JSON already in a list.

    >>> print(json_list([json_text(1), json_text("b")]))
    [1,"b"]
    """
    return Markup(f"[{','.join(values)}]")


def json_object(values: Mapping[str, Markup]) -> Markup:
    """Join values that are JSON already in an object.

    >>> print(json_object({"a": json_text(1)}))
    {"a":1}
    """
    members = (f"{json_text(name)}:{value}" for name, value in values.items())
    return Markup("{" + ",".join(members) + "}")


def content_security_policy(script: str, style: str, *, own_folder: bool) -> str:
    """Return the policy of a page: no network, no script and no style sheet but these.

    With ``own_folder``, scripts beside the page may be loaded, too.

    >>> content_security_policy("", "", own_folder=True)[:37]
    "default-src 'none'; script-src 'sha25"
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(script)}" + " 'self'" * own_folder,
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode('ascii')}'"
