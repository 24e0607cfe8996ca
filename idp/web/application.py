"""Flask without what this product does not use: sessions, signals, blueprints, asynchronous views.

Flask looks for each of them with every request. The answers are the same.
"""

import string
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from flask import Flask, Request, Response
from flask.ctx import AppContext, RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter

from idp.web.request import AT_HAND, PlainRequest
from idp.web.routes import Routes

_OF_PLAIN_URL = (string.ascii_letters + string.digits + "._~:/?#@!$&'()*+,;=%-").encode()
"""What stays as it is in a Location header (RFC 3986 section 2); anything else Werkzeug encodes."""
_NO_SESSION = NullSession()


class _NoSessions(SessionInterface):
    """Browsers hold cookies of ours, one by one; Flask's own session is none of them."""

    def open_session(self, _app: Flask, _request: Request) -> SessionMixin:
        return _NO_SESSION

    def is_null_session(self, _session: object) -> bool:
        return True


class _NoGlobals:
    """`flask.g`, which takes nothing: it would be one and the same in all requests."""

    __slots__ = ()


class Application(Flask):
    """One application of plain functions: those before every request, the view, those after it."""

    app_ctx_globals_class = _NoGlobals  # type: ignore[assignment]
    request_class = PlainRequest
    session_interface = _NoSessions()
    always: Mapping[str, str] = {}
    """Headers of every answer that says nothing else there."""

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """See Flask."""
        asked = PlainRequest(environ, populate_request=False)
        if found := self._routes.find(asked.method, asked.path):
            asked.url_rule, asked.view_args = found
        context = RequestContext(self, environ, asked, _NO_SESSION)
        before = _cv_app.set(self._of_all_requests), _cv_request.set(context), AT_HAND.set(asked)
        try:
            try:
                if found is None:
                    context.match_request()
                response = self._answer(asked)
            except Exception as error:  # noqa: BLE001 - what no handler took is answered, whatever it is
                response = self.handle_exception(error)
            return written(response, environ, start_response, self._always)
        finally:
            asked.close()
            _cv_app.reset(before[0])
            _cv_request.reset(before[1])
            AT_HAND.reset(before[2])

    def _answer(self, asked: PlainRequest) -> Response:
        self._got_first_request = True
        try:
            answer: Any = None
            for before in self.before_request_funcs.get(None, ()):
                if (answer := before()) is not None:
                    break
            else:
                answer = self._view(asked)
        except Exception as error:  # noqa: BLE001 - handlers are asked for every kind
            answer = self.handle_user_exception(error)
        return self.process_response(answer if type(answer) is Response else self.make_response(answer))

    def _view(self, asked: PlainRequest) -> Any:
        """What the view answers; Flask itself answers where there is none, and questions about methods."""
        rule = asked.url_rule
        if rule is None or asked.method == "OPTIONS":
            return self.dispatch_request()
        return self.view_functions[rule.endpoint](**asked.view_args or {})

    def process_response(self, response: Response) -> Response:
        """See Flask."""
        for after in self.after_request_funcs.get(None, ()):
            response = after(response)  # type: ignore[assignment]  # none of ours is asynchronous
        return response

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """See Flask: every view is an ordinary function."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """See Flask. Whoever asks has come through `TenancyMiddleware`: the host is a tenant's.

        None where there is nothing left to look for.
        """
        if request is None or request.url_rule is not None:
            return None
        query = request.query_string.decode("latin-1")
        root, path = request.root_path, request.path
        return MapAdapter(self.url_map, request.host, root, "", request.scheme, path, request.method, query)

    @cached_property
    def _of_all_requests(self) -> AppContext:
        """One for all: what differs between requests are requests, and `flask.g` holds nothing."""
        return AppContext(self)

    @cached_property
    def _routes(self) -> Routes:
        return Routes(self.url_map.iter_rules())

    @cached_property
    def _always(self) -> Mapping[str, tuple[str, str]]:
        return {name.lower(): (name, value) for name, value in self.always.items()}


def written(
    response: Response,
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    always: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> Iterable[bytes]:
    """Send a response: a whole one with a body as it is, others as Werkzeug does.

    `always`: headers that it gets where it has none of their names, each by its name in lower case.
    """
    headers = [*response.headers]
    named = {name.lower(): value for name, value in headers}
    missing = [header for name, header in always.items() if name not in named]
    whole, status = response.response, response.status_code
    if (
        not isinstance(whole, list)
        or environ["REQUEST_METHOD"] == "HEAD"
        or status < 200
        or status in (204, 304)
        or "content-location" in named
        or ("location" in named and not _is_plain(named["location"]))
    ):
        response.headers.extend(missing)
        return response(environ, start_response)
    body = [part.encode() if isinstance(part, str) else part for part in whole]
    if "content-length" not in named:
        headers.append(("Content-Length", str(sum(map(len, body)))))
    start_response(response.status, headers + missing)
    return body


def _is_plain(url: str) -> bool:
    """Whether a URL needs no encoding. One with a code is long, and here it is read in C."""
    return url.isascii() and not url.encode().translate(None, _OF_PLAIN_URL)
