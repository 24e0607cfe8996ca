"""The request at hand. Werkzeug asks the environment through many layers; this asks it once and directly.

What is answered is what Werkzeug answers.
"""

from functools import cached_property
from typing import Any, cast

from flask import Request
from flask.globals import _cv_request
from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict
from werkzeug.sansio.http import parse_cookie

from idp.urlencoded import parameters


class Values(ImmutableMultiDict[str, str]):
    """Values by name, as they came: what is not there is a plain answer, not an exception that is caught."""

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # noqa: A002
        """The first value of that name; see Werkzeug."""
        if type is not None:
            return super().get(key, default, type)
        found: Any = dict.get(self, key)  # a list, though the class is annotated as a dict of single values
        return found[0] if found else default


_NO_VALUES = Values()


class PlainRequest(Request):
    """A request to `Application`."""

    parameter_storage_class = Values
    dict_storage_class = Values

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        """See Werkzeug."""
        self.environ = environ
        self.shallow = shallow
        self.method = environ["REQUEST_METHOD"].upper()
        self.scheme = environ["wsgi.url_scheme"]
        self.root_path = _text(environ.get("SCRIPT_NAME", "")).rstrip("/")
        self.path = "/" + _text(environ.get("PATH_INFO", "")).lstrip("/")
        self.query_string = environ.get("QUERY_STRING", "").encode("latin-1")
        self.headers = EnvironHeaders(environ)
        self.remote_addr = environ.get("REMOTE_ADDR")
        port = environ["SERVER_PORT"]
        self.server = environ["SERVER_NAME"], int(port) if port.isdecimal() else None
        if populate_request and not shallow:
            environ["werkzeug.request"] = self

    @cached_property
    def args(self) -> Values:
        """The parameters of the query."""
        return Values(parameters(self.query_string.decode())) if self.query_string else _NO_VALUES

    @cached_property
    def cookies(self) -> Values:
        """The cookies that the browser sent."""
        return cast(Values, parse_cookie(self.environ.get("HTTP_COOKIE"), Values))

    def close(self) -> None:
        """See Werkzeug: files are open where a form was read, and nowhere else."""
        if "files" in self.__dict__:
            super().close()


def here() -> Request:
    """The request at hand itself; Flask's `request` looks for it with every attribute."""
    return _cv_request.get().request


def _text(wsgi: str) -> str:
    """A text of the environment, where bytes stand as Latin-1 (PEP 3333)."""
    return wsgi.encode("latin-1").decode(errors="replace")
