"""A whole product in this process, with the sandbox's J-LIS on a real socket: for tests that look inside.

Tests of the main path from outside use `components.demo` instead, which imports nothing of the product.
"""

import base64
import hashlib
import json
import re
import secrets
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from components.logins import BASE_URL, Login, Service, b64url, id_token_claims, message, whereto
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from sqlalchemy import insert, select
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from connectors.card.pin import PinKind
from connectors.sandbox.card.in_process import InProcessCard
from connectors.sandbox.clock import OffsetClock
from connectors.sandbox.server import Jlis
from connectors.sandbox.world import World
from idp import compose
from idp.registration import NewService, NewTenant
from idp.settings import read_settings
from idp.store import migrate
from idp.store.engine import Store, open_store
from idp.store.schema import metadata

REDIRECT_URI = "http://127.0.0.1:8901/callback"
_SERVICES = "services.json"


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log(self, type, message, *args):  # noqa: A002
        """See WSGIRequestHandler."""


class Town:
    """Two tenants (aoba, wakaba), three services in aoba of which two share a sector, one in wakaba.

    Founding takes most of a second. A town whose store and keys lie in its own folder is a copy of one that was
    founded before, unless it is to be `new`.
    """

    def __init__(
        self, folder: Path, founded: Path, *, environment=None, owner_url=None, keyfile=True, new=False
    ) -> None:
        self.folder = folder
        elsewhere = {"IDP_KEYFILE", *([] if owner_url else ["IDP_DATABASE_URL"])} & set(environment or {})
        self._copied = type(self) is Town and keyfile and not elsewhere and not new
        if self._copied:
            shutil.copytree(_beginnings(founded), folder, dirs_exist_ok=True)
        shutil.copytree(founded, folder / "world")
        self.clock = OffsetClock(folder / "clock")
        self.world = World.open(folder / "world")
        self._server = make_server(
            "127.0.0.1", 0, Jlis(self.world, self.clock), threaded=True, request_handler=Quiet
        )
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.jlis = f"http://127.0.0.1:{self._server.port}"
        custody = {"IDP_KEYFILE": str(folder / "keys"), "IDP_KEYFILE_UNLOCK_FILE": str(folder / "unlock")}
        if keyfile and not self._copied:
            compose.new_keyfile(folder / "keys", folder / "unlock", secrets.token_bytes)
        self.environment = {
            "IDP_MODE": "sandbox",
            "IDP_DATABASE_URL": f"sqlite:///{folder / 'idp.db'}",
            **(custody if keyfile else {}),
            "IDP_OCSP_URL": f"{self.jlis}/ocsp",
            "IDP_OCSP_CACHE_SECONDS": "0",
            "IDP_CRL_URL": f"{self.jlis}/crl",
            "IDP_CRL_DIRECTORY": str(folder / "crl"),
            "IDP_CRL_REFRESH_SECONDS": "0",
            "IDP_LINEAGE_URL": f"{self.jlis}/lineage",
            "IDP_TIES_URL": f"{self.jlis}/ties",
            "IDP_LATEST_URL": f"{self.jlis}/latest",
            **(environment or {}),
        }
        self.environment = {name: value for name, value in self.environment.items() if value is not None}
        self._owner_url = owner_url
        self.start()

    def start(self) -> None:
        """Build the product, migrate, found the municipalities."""
        self.product = self.build()
        if self._owner_url or not self._copied:
            owner = open_store(self._owner_url) if self._owner_url else self.product.store
            if not migrate.is_current(owner):
                migrate.upgrade(owner)
            owner.engine.dispose()
        if not self._copied:
            self.found()
            return
        if self._owner_url:
            _pour(self.folder / "idp.db", self.product.store)
        self.product.directory.refresh()
        for name, service in json.loads((self.folder / _SERVICES).read_text()).items():
            setattr(self, name, Service(**service))

    def build(self) -> compose.Product:
        """One more process's worth of product over the same store."""
        return compose.build(read_settings(self.environment), self.clock, secrets.token_bytes)

    def found(self) -> None:
        """Create tenants, anchors and services."""
        administration = self.product.administration
        for tenant_id in ("aoba", "wakaba"):
            tenant = administration.create_tenant(
                NewTenant(
                    tenant_id=tenant_id,
                    issuer=f"{BASE_URL}/t/{tenant_id}",
                    name_ja="青葉市（見本）",
                    name_en="Sample City",
                    crest="青",
                    sandbox=True,
                )
            )
            for kind, der in self.world.anchors():
                administration.load_anchor(tenant, kind, der)
        self.library = self.register("aoba", "library")
        self.childcare = self.register("aoba", "childcare", sector_id="family", sector_purpose="子育てのため")
        self.school = self.register("aoba", "school", sector_id="family", id_token_signed_response_alg="ES256")
        self.parking = self.register("wakaba", "parking")

    def register(self, tenant_id: str, service_id: str, **wishes) -> Service:
        """Register one more service."""
        new = NewService(
            **{
                "service_id": service_id,
                "name_ja": f"見本の{service_id}",
                "redirect_uris": (REDIRECT_URI,),
                "scopes": ("openid", "jpki_status"),
                "require_pkce": False,
                **wishes,
            }
        )
        made = self.product.administration.register_service(self.product.directory.tenant(tenant_id), new)
        return Service(tenant_id, made.client_id, made.client_secret, made.sector_id)

    def close(self) -> None:
        """Stop the J-LIS stand-in and release the database."""
        self._server.shutdown()
        self._server.server_close()
        self.product.background.stop()
        self.product.store.engine.dispose()

    # The resident's browser

    def browser(self) -> Browser:
        """A browser without cookies."""
        return Browser(self.product.app.wsgi_app)

    def get(self, browser: Browser, url: str, **options) -> TestResponse:
        """GET an absolute URL."""
        parts = urlsplit(url)
        return browser.get(
            parts.path, base_url=f"{parts.scheme}://{parts.netloc}/", query_string=parts.query, **options
        )

    def post(self, browser: Browser, url: str, **options) -> TestResponse:
        """POST to an absolute URL."""
        parts = urlsplit(url)
        return browser.post(
            parts.path, base_url=f"{parts.scheme}://{parts.netloc}/", query_string=parts.query, **options
        )

    def begin(self, service: Service, browser: Browser | None = None, **parameters) -> Login:
        """Authorize and open the card page."""
        login, page_url = self.ask(service, browser, **parameters)
        page = self.get(login.browser, page_url)
        login.page_url = page_url
        login.link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
        return login

    def ask(self, service: Service, browser: Browser | None = None, **parameters) -> tuple[Login, str]:
        """Authorize: the login, and where the browser goes on: the page's own address, when one is the answer."""
        browser = browser or self.browser()
        verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": service.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **parameters,
        }
        issuer = f"{BASE_URL}/t/{service.tenant_id}"
        url = issuer + "/authorize"
        wished = {name: value for name, value in query.items() if value is not None}
        answer = browser.get(urlsplit(url).path, base_url=BASE_URL + "/", query_string=wished)
        return Login(browser, service, "", "", verifier, state, nonce), whereto(answer)

    def come(self, service: Service, browser: Browser, resident_id: str = "hanako", **parameters):
        """A login in this browser, with a card or without as it turns out: the login and the answer's URL."""
        login, url = self.ask(service, browser, **parameters)
        if "/login/" in url and not url.endswith("/consent"):
            page = self.get(browser, url)
            login.page_url, login.link = url, unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
            url = self.get(browser, self.accept(login, resident_id)).headers["Location"]
        if url.endswith("/consent"):
            url = self.consent(login, url).headers["Location"]
        return login, url

    # The authenticator

    def challenge(self, login: Login) -> TestResponse:
        """Fetch LINK as an authenticator does; keeps the challenge if there is one."""
        answer = self.get(self.browser(), login.link, headers={"Accept": "application/json"})
        if answer.status_code == 200:
            login.challenge = answer.json
        return answer

    def resident(self, resident_id: str):
        """A sample resident as of now."""
        return next(r for r in self.world.residents() if r.id == resident_id)

    def particulars(self, resident_id: str) -> bytes:
        """EF 0002 as that resident's card reads it out."""
        person = self.resident(resident_id)
        return InProcessCard.load(person.card).attributes(PinKind.INPUT_SUPPORT, person.auth_pin)

    def sign(
        self, login: Login, resident_id: str = "hanako", *, origin=BASE_URL, files=None, ef0002=None, **changes
    ) -> dict:
        """A proof over the login's challenge by that resident's card; `changes` replace members.

        `ef0002`: the attributes that are signed and sent; without, what the challenge asks for is the card's own.
        """
        person = self.resident(resident_id)
        if ef0002 is None:
            ef0002 = self.particulars(resident_id) if login.challenge["attributes"] else b""
        certificate_file, key_file = files or (person.auth_certificate, person.auth_key)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = load_pem_private_key(key_file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        proof = {
            "certificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
            "algorithm": "RS256",
            "signature": b64url(key.sign(message(login, origin, ef0002), padding.PKCS1v15(), hashes.SHA256())),
            "device": "reader",
            **({"input_support": {"ef0002": base64.b64encode(ef0002).decode()}} if ef0002 else {}),
        }
        return {**proof, **changes}

    def prove(self, login: Login, proof: dict | bytes, **options) -> TestResponse:
        """POST a proof."""
        body = proof if isinstance(proof, bytes) else json.dumps(proof).encode()
        options = {"content_type": "application/json", **options}
        return self.post(self.browser(), login.link + "/proof", data=body, **options)

    def accept(self, login: Login, resident_id: str = "hanako") -> str:
        """Challenge and proof; the return URL. Busy (503) is answered as an authenticator does: sign anew."""
        for _ in range(3):  # J-LIS, browser, card and provider share two cores here
            self.challenge(login)
            answer = self.prove(login, self.sign(login, resident_id))
            if answer.status_code != 503:
                break
        assert answer.status_code == 200, answer.text
        return answer.json["return_url"]

    def begin_and_decline(self) -> None:
        """The shortest login that leaves an audit entry."""
        login = self.begin(self.library)
        assert self.post(self.browser(), login.link + "/decline").status_code == 204

    # The whole way

    def code(self, service: Service, resident_id: str = "hanako", **parameters) -> tuple[str, Login]:
        """Sign in and consent; the code and the login."""
        login = self.begin(service, **parameters)
        return self.finish(login, self.accept(login, resident_id))

    def finish(self, login: Login, return_url: str) -> tuple[str, Login]:
        """From the way back to the service, consenting where asked; the code and the login."""
        answer = self.get(login.browser, return_url)
        if answer.headers["Location"].endswith("/consent"):
            answer = self.consent(login, answer.headers["Location"])
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert query["state"] == [login.state], answer.headers["Location"]
        return query["code"][0], login

    def consent(self, login: Login, url: str, decision: str = "allow", **more: str) -> TestResponse:
        """Answer the consent page; `more` is ticked on it."""
        page = self.get(login.browser, url)
        form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
        return self.post(login.browser, url, data={**form, "decision": decision, **more})

    def redeem(self, code: str, login: Login, /, **changes) -> TestResponse:
        """The token request of a service with client_secret_basic."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": login.verifier,
            **changes,
        }
        data = {name: value for name, value in form.items() if value is not None}
        return self.post(
            self.browser(),
            f"{BASE_URL}/t/{login.service.tenant_id}/token",
            data=data,
            auth=(login.service.client_id, login.service.client_secret),
        )

    def sign_in(self, service: Service, resident_id: str = "hanako", **parameters) -> dict:
        """The ID token's claims of a whole login, its signature not checked here."""
        answer = self.redeem(*self.code(service, resident_id, **parameters))
        assert answer.status_code == 200, answer.text
        return id_token_claims(answer.json["id_token"])

    def userinfo(self, service: Service, access_token: str) -> TestResponse:
        """What UserInfo answers to a token."""
        bearer = {"Authorization": f"Bearer {access_token}"}
        return self.get(self.browser(), f"{BASE_URL}/t/{service.tenant_id}/userinfo", headers=bearer)

    def control(self, **instruction) -> None:
        """Move the sandbox's world."""
        from connectors.sandbox import control

        control.obey(self.world, self.clock, json.dumps(instruction).encode())

    def change(self, statement: str) -> None:
        """Do something to the database behind the product's back, as its owner."""
        store = open_store(self._owner_url) if self._owner_url else self.product.store
        with store.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        if store is not self.product.store:
            store.engine.dispose()

    def rows(self, table: str) -> int:
        """How many rows a table has, over all tenants (SQLite only)."""
        with self.product.store.engine.connect() as connection:
            return connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()


def _beginnings(founded: Path) -> Path:
    """Database, keys and services of a town in that world as it was founded, once in a run."""
    folder = founded.with_name(f"{founded.name}-town")
    if folder.exists():
        return folder
    beside = founded.with_name(f"{founded.name}-town.new")
    beside.mkdir()
    with town(beside, founded, new=True) as made:
        services = {name: vars(one) for name, one in vars(made).items() if isinstance(one, Service)}
    (beside / _SERVICES).write_text(json.dumps(services))
    shutil.rmtree(beside / "world")
    beside.replace(folder)
    return folder


def _pour(file: Path, store: Store) -> None:
    """All rows of an SQLite file into another database of the same schema."""
    source = open_store(f"sqlite:///{file}")
    with source.engine.connect() as connection:
        found = [(table, connection.execute(select(table)).mappings().all()) for table in metadata.sorted_tables]
    source.engine.dispose()
    for tenant_id in {row["tenant_id"] for _, rows in found for row in rows}:
        with store.for_tenant(tenant_id).write() as tx:
            for table, rows in found:
                own = [dict(row) for row in rows if row["tenant_id"] == tenant_id]
                if own:
                    tx.connection.execute(insert(table), own)


def found_world(folder: Path) -> Path:
    """Found a sandbox world once, to be copied by many towns."""
    World.create(folder, datetime.now(UTC), secrets.token_bytes)
    return folder


@contextmanager
def town(folder: Path, founded: Path, **options):
    """A town for the length of a block."""
    made = Town(folder, founded, **options)
    try:
        yield made
    finally:
        made.close()
