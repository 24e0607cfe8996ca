"""A sample service, and a provider of OpenID Connect that says what a test wants."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from idp.developer.sample import SampleService, create_sample
from idp.developer.sample.service import Neighbour

SUB = "Zm9yIHRoaXMgc2VydmljZSBhbG9uZSwgZm9yIGV2ZXI"
HOME = "http://localhost:8001"


@dataclass
class OidcProvider:
    """Discovery, keys and a token endpoint. `nonce` is set as the login asked; `claims` change the ID token."""

    port: int = 0
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    signs_with: RSAKey | None = None
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    more_metadata: dict[str, Any] = field(default_factory=dict)
    token_answer: Response | None = None
    token_requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": SUB})
    userinfo_requests: list[str] = field(default_factory=list)
    pushed: list[dict[str, str]] = field(default_factory=list)
    calls: list[tuple[str, Any, str | None]] = field(default_factory=list)
    api_answers: dict[str, Response] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its issuer."""
        return f"http://localhost:{self.port}/t/aoba"

    def application(self, environ: Any, start_response: Any) -> Any:
        """See PEP 3333."""
        request = Request(environ)
        answers = {
            "openid-configuration": self._metadata,
            "jwks": self._jwks,
            "token": self._token,
            "userinfo": self._userinfo,
            "par": self._par,
        }
        if "/api/v1/" in request.path:
            return self._api(request)(environ, start_response)
        return answers[request.path.rpartition("/")[2]](request)(environ, start_response)

    def _metadata(self, _request: Request) -> Response:
        return _json(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "pushed_authorization_request_endpoint": f"{self.issuer}/par",
                "id_token_signing_alg_values_supported": ["RS256"],
                **self.more_metadata,
            }
        )

    def _jwks(self, _request: Request) -> Response:
        return _json({"keys": [self.key.as_dict(private=False)]})

    def _userinfo(self, request: Request) -> Response:
        self.userinfo_requests.append(request.headers.get("Authorization", ""))
        return _json(self.userinfo)

    def _par(self, request: Request) -> Response:
        self.pushed.append(request.form.to_dict())
        return _json({"request_uri": "urn:ietf:params:oauth:request_uri:r1", "expires_in": 90}, 201)

    def _api(self, request: Request) -> Response:
        path = request.path.partition("/api/v1")[2]
        self.calls.append((path, request.get_json(), request.headers.get("Idempotency-Key")))
        return self.api_answers[path]

    def _token(self, request: Request) -> Response:
        self.token_requests.append((request.headers.get("Authorization", ""), request.form.to_dict()))
        if self.token_answer is not None:
            return self.token_answer
        now = int(time())
        base = {"iss": self.issuer, "sub": SUB, "aud": "c1", "iat": now, "exp": now + 600, "nonce": self.nonce}
        more = {"acr": "aal3", "revocation": {"method": "ocsp"}}
        id_token = jwt.encode(
            {"alg": "RS256", "kid": "k1"}, base | more | self.claims, self.signs_with or self.key
        )
        return _json({"access_token": "at", "token_type": "Bearer", "expires_in": 600, "id_token": id_token})


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """The provider's signing key."""
    return RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})


@pytest.fixture
def provider(key: RSAKey) -> Iterator[OidcProvider]:
    """A provider that listens."""
    listening = OidcProvider(key=key)
    server = make_server("127.0.0.1", 0, listening.application, threaded=True)
    listening.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield listening
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(provider: OidcProvider) -> SampleService:
    """The library, registered at the provider."""
    names = {"library": "Library", "childcare": "Childcare", "school": "School"}
    groups = {"library": "aoba/library", "childcare": "aoba/family", "school": "aoba/family"}
    return SampleService(
        tenant_id="aoba",
        service_id="library",
        names={"ja": "図書館", "en": "Library"},
        purposes={"ja": "本の予約のため", "en": "To reserve books"},
        issuer=provider.issuer,
        client_id="c1",
        client_secret="s3cret",
        token_endpoint_auth_method="client_secret_basic",
        scope="openid jpki_status",
        home_url=HOME,
        neighbours=[
            Neighbour(
                names={"ja": f"{name}（日）", "en": name}, home_url=f"http://localhost:{port}", group=groups[i]
            )
            for port, (i, name) in enumerate(names.items(), start=8001)
        ],
        secret_key=b"k" * 32,
        now=lambda: datetime.now(UTC),
    )


@pytest.fixture
def browser(service: SampleService) -> FlaskClient:
    """A browser at the service's site."""
    return create_sample(service).test_client()


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
