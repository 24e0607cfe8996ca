"""The collector as one file of HTML: opened from a disk, it collects without network, in Japanese and English.

It loads nothing and may connect to nothing: its policy allows exactly its own script and its own style, by hash.
"""

import base64
import hashlib
import json
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from idp.shelter.collection_key import PublicCollectionKey, write

_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'"
)


def collection_page(key: PublicCollectionKey) -> str:
    """The page for a tenant's public key."""
    own = files("idp.shelter") / "collector"
    shared = files("idp.pages") / "static"
    script = (own / "collect.js").read_text(encoding="utf-8")
    page_style = (shared / "page.css").read_text(encoding="utf-8").replace('@import "tokens.css";', "")
    style = "\n".join(
        (
            (shared / "tokens.css").read_text(encoding="utf-8"),
            page_style,
            (own / "collect.css").read_text(encoding="utf-8"),
        )
    )
    texts = json.loads((own / "texts.json").read_text(encoding="utf-8"))
    environment = Environment(
        loader=PackageLoader("idp.shelter", "collector"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("collect.html").render(
        policy=_POLICY.format(script=_digest(script), style=_digest(style)),
        names=key.names,
        t=texts["ja"],
        settings=_data(write(key) | {"texts": texts}),
        script=Markup(script),  # noqa: S704 - our own file
        style=Markup(style),  # noqa: S704 - our own files
    )


def _data(value: object) -> Markup:
    """JSON inside a script element, which nothing in it can end."""
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - escaped in the line before


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
