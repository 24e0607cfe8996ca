"""The request at hand. Werkzeug asks the environment through many layers; this asks it once and directly.

What is answered is what Werkzeug answers.
"""

from contextvars import ContextVar
from functools import cached_property
from io import BytesIO
from typing import IO, Any, TypeVar, cast

from flask import Request
from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.http import parse_cookie

from idp.urlencoded import KEEP_INVALID, parameters

T = TypeVar("T")
MAX_BODY_BYTES = 128 * 1024
"""Of a request, where its endpoint says nothing else."""


class once(cached_property[T]):  # noqa: N801 - a decorator
    """`functools.cached_property` without the lock of Python 3.11: a request is one thread's."""

    def __get__(self, asked: Any, owner: type[Any] | None = None) -> Any:
        """Make the value, and put it where the next look finds it before this."""
        if asked is None:
            return self
        made = asked.__dict__[self.func.__name__] = self.func(asked)
        return made


class Values(ImmutableMultiDict[str, str]):
    """Values by name, as they came: what is not there is a plain answer, not an exception that is caught."""

    def __init__(self, mapping: Any = None) -> None:
        """See Werkzeug. Pairs of which no two have one name, as nearly always, need no gathering."""
        if type(mapping) is list and len(alone := {name: [value] for name, value in mapping}) == len(mapping):
            dict.__init__(self, alone)
        else:
            super().__init__(mapping)

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
    max_content_length: int | None = MAX_BODY_BYTES
    max_form_memory_size: int | None = MAX_BODY_BYTES

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        """See Werkzeug."""
        self.environ = environ
        self.shallow = shallow
        self.method = environ["REQUEST_METHOD"].upper()
        self.scheme = environ["wsgi.url_scheme"]
        # bytes stand in the environment as Latin-1 (PEP 3333)
        self.path = "/" + environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace").lstrip("/")
        self.query_string = environ.get("QUERY_STRING", "").encode("latin-1")
        if populate_request and not shallow:
            environ["werkzeug.request"] = self

    @once
    def root_path(self) -> str:
        """The issuer's path: what stands before `path`."""
        told: str = self.environ.get("SCRIPT_NAME", "")
        return told.encode("latin-1").decode(errors="replace").rstrip("/")

    @once
    def remote_addr(self) -> str | None:
        """Who is at the other end of the connection: the proxy, where one stands before us."""
        return self.environ.get("REMOTE_ADDR")

    @once
    def server(self) -> tuple[str, int | None]:
        """The server's name and port, where it has one."""
        port: str = self.environ["SERVER_PORT"]
        return self.environ["SERVER_NAME"], int(port) if port.isdecimal() else None

    @once
    def headers(self) -> EnvironHeaders:
        """The headers; whoever looks for one or two of them finds them in `environ`."""
        return EnvironHeaders(self.environ)

    @once
    def args(self) -> Values:
        """The parameters of the query."""
        return (
            Values(parameters(self.query_string.decode(errors=KEEP_INVALID))) if self.query_string else _NO_VALUES
        )

    @once
    def cookies(self) -> Values:
        """The cookies that the browser sent."""
        return cast(Values, parse_cookie(self.environ.get("HTTP_COOKIE"), Values))

    @property
    def mimetype(self) -> str:
        """The media type of the body, in lower case and without parameters."""
        media_type: str = self.environ.get("CONTENT_TYPE", "")
        return media_type.partition(";")[0].strip(" \t").lower()

    @property
    def content_length(self) -> int | None:
        """How many bytes the body has; None where that is not known beforehand."""
        told: str = self.environ.get("CONTENT_LENGTH", "")
        if "HTTP_TRANSFER_ENCODING" in self.environ or not (told.isascii() and told.isdecimal()):
            return super().content_length
        return int(told)

    @once
    def stream(self) -> IO[bytes]:
        """The body, which is read once and no further than it may be long; see Werkzeug.

        One that says its length is as long as that, even where the server would say when it ends: fewer bytes mean
        that the client is gone. One that comes in chunks is read at once: Werkzeug would cut off what is too much.
        """
        length, most = self.content_length, self.max_content_length
        if self.shallow or length == 0 or most is None:
            return super().stream
        if length is None:
            body = super().stream.read()
            if len(body) >= most:
                raise RequestEntityTooLarge
            return BytesIO(body)
        if length > most:
            raise RequestEntityTooLarge
        return BytesIO(_whole(self.environ["wsgi.input"], length))

    def close(self) -> None:
        """See Werkzeug: files are open where a form was read, and nowhere else."""
        if "files" in self.__dict__:
            super().close()


def _whole(body: IO[bytes], length: int) -> bytearray:
    """That many bytes of a body, in however many pieces they come. Raises ClientDisconnected if it ends early."""
    read = bytearray()
    try:
        while len(read) < length and (piece := body.read(length - len(read))):
            read += piece
    except (OSError, ValueError) as error:
        raise ClientDisconnected from error
    if len(read) < length:
        raise ClientDisconnected
    return read


AT_HAND: ContextVar[Request] = ContextVar("idp-at-hand")
here = AT_HAND.get
"""The request at hand itself; Flask's `request` looks for it with every attribute. LookupError: there is none."""
