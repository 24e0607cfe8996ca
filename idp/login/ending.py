"""How a browser leaves for a service at the end of a login."""

from msgspec import Struct

Fields = tuple[tuple[str, str], ...]


class Ending(Struct, frozen=True):
    """Where the browser goes on: by GET, or by POST with a form's `fields`."""

    url: str
    fields: Fields | None = None
