"""How a browser leaves for a service at the end of a login."""

from dataclasses import dataclass

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """Where the browser goes on: by GET, or by POST with a form's `fields`."""

    url: str
    fields: Fields | None = None
