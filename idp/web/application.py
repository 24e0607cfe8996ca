"""Flask without what this product does not use: sessions, signals, blueprints, asynchronous views.

Some three hundred Python calls of each request were for these; the answers are the same.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask, Request, Response
from flask.ctx import AppContext, RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter

_PLAIN_URL = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
"""What stays as it is in a Location header (RFC 3986 section 2); anything else Werkzeug encodes."""
_NO_SESSION = NullSession()


class _NoSessions(SessionInterface):
    """Browsers hold cookies of ours, one by one; Flask's own session is none of them."""

    def open_session(self, _app: Flask, _request: Request) -> SessionMixin:
        return _NO_SESSION

    def is_null_session(self, _session: object) -> bool:
        return True


class Application(Flask):
    """One application of plain functions: those before every request, the view, those after it."""

    session_interface = _NoSessions()

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """See Flask."""
        asked = self.request_class(environ, populate_request=False)
        of_app, context = AppContext(self), RequestContext(self, environ, asked, _NO_SESSION)
        before = _cv_app.set(of_app), _cv_request.set(context)
        try:
            try:
                context.match_request()
                response = self.full_dispatch_request()
            except Exception as error:  # noqa: BLE001 - what no handler took is answered, whatever it is
                response = self.handle_exception(error)
            return written(response, environ, start_response)
        finally:
            asked.close()
            _cv_app.reset(before[0])
            _cv_request.reset(before[1])

    def full_dispatch_request(self) -> Response:
        """See Flask."""
        self._got_first_request = True
        try:
            answer: Any = None
            for before in self.before_request_funcs.get(None, ()):
                if (answer := before()) is not None:
                    break
            else:
                answer = self.dispatch_request()
        except Exception as error:  # noqa: BLE001 - handlers are asked for every kind
            answer = self.handle_user_exception(error)
        return self.process_response(answer if type(answer) is Response else self.make_response(answer))

    def process_response(self, response: Response) -> Response:
        """See Flask."""
        for after in self.after_request_funcs.get(None, ()):
            response = cast(Response, after(response))
        return response

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """See Flask: every view is an ordinary function."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """See Flask. Whoever asks has come through `TenancyMiddleware`: the host is a tenant's."""
        if request is None:
            return None
        query = request.query_string.decode("latin-1")
        root, path = request.root_path, request.path
        return MapAdapter(self.url_map, request.host, root, "", request.scheme, path, request.method, query)


def written(response: Response, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Send a response: a whole one with a body as it is, others as Werkzeug does."""
    headers = response.headers.to_wsgi_list()
    named = {name.lower(): value for name, value in headers}
    if (
        not isinstance(response.response, list)
        or environ["REQUEST_METHOD"] == "HEAD"
        or response.status_code < 200
        or response.status_code in (204, 304)
        or "content-location" in named
        or not _PLAIN_URL.fullmatch(named.get("location", "/"))
    ):
        return response(environ, start_response)
    body = list(response.iter_encoded())
    if "content-length" not in named:
        headers.append(("Content-Length", str(sum(map(len, body)))))
    start_response(response.status, headers)
    return body
