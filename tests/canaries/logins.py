"""Logins of every outcome by residents whose names, addresses, serial numbers and PPIDs are canaries.

Good ones with and without attributes, by card and by phone; tampered, declined, replayed; while the database,
Redis and OpenBao are away one after the other; with rows that the database refuses, and rows that were altered.
"""

import re
import secrets
from collections.abc import Callable
from contextlib import contextmanager
from itertools import cycle
from urllib.parse import parse_qs, urlsplit

import psycopg
from canaries.papers import Papers
from components.canaries import Canary
from components.deployed import Deployed
from components.newcomers import settle
from components.peer import Peer
from components.phone import scan, type_code
from components.signature_certificates import reissued, words
from components.signing import at_statement, proof, to_consent, told
from components.town import BASE_URL, Login, Service, id_token_claims
from components.verifier import VERIFIES, Verifier

IDEOGRAPHS = range(0x4E00, 0x9FA6)
"""So many that no two stand in a row in texts of ours: written as \\uXXXX, two fill a window of the search."""


def signs(count: int) -> str:
    """Random ideographs."""
    return "".join(chr(secrets.choice(IDEOGRAPHS)) for _ in range(count))


class Logins:
    """`canaries`: all that nobody may find. `done`: how many logins were tried."""

    def __init__(self, deployed: Deployed, receiver: Peer, residents: int) -> None:
        self.deployed, self.town = deployed, deployed.town
        town = deployed.town
        names = [(f"金糸雀　{signs(9)}", f"金糸雀{signs(12)}") for _ in range(residents)]
        self.people = settle(town.world, town.clock(), names)
        told = {
            "backchannel_logout_uri": f"{receiver.origin}/logout",
            "event_endpoint": f"{receiver.origin}/events",
        }
        self.clinic = town.register("aoba", "clinic", scopes=("openid", "name", "address", "jpki_status"), **told)
        self.sports = town.register("aoba", "sports", **told)
        self.parking = town.register("wakaba", "park", **told)
        scopes = (*VERIFIES["scopes"], "name", "address")
        verifier = town.register("aoba", "verifier", **{**VERIFIES, "scopes": scopes})
        self.papers = Papers(town, self.clinic, verifier)
        deployed.servers["serve"].wait_until(lambda: self._is_known(verifier))
        self.verifier = Verifier(town, verifier)
        self.subs: set[str] = set()
        self.done = 0

    @property
    def canaries(self) -> list[Canary]:
        """Of every resident, and every number that a service received."""
        made = [Canary(f"PPID {number}", "ppid", sub) for number, sub in enumerate(sorted(self.subs))]
        made += self.papers.canaries
        for person in self.people:
            made += [
                Canary(f"name of {person.id}", "text", person.name.split("　")[1]),
                Canary(f"address of {person.id}", "text", person.address),
                Canary(f"serial of {person.id}", "number", person.serial),
            ]
        return made

    def _is_known(self, service: Service) -> bool:
        """Whether the running server has read of a service that was registered by another process."""
        form, secret = {"grant_type": "client_credentials"}, (service.client_id, service.client_secret)
        url = f"{BASE_URL}/t/{service.tenant_id}/token"
        return self.town.post(self.town.browser(), url, data=form, auth=secret).status_code == 200

    def run(self, count: int) -> None:
        """So many logins; everything that can go wrong goes wrong once in the middle."""
        ways: list[Callable[[str], None]] = [
            self._with_attributes,
            self._tampered,
            self._replayed,
            self._elsewhere,
            self._by_phone,
            self._verified,
            self._by_signature,
            self._papers,
        ]
        halfway = count // 2
        remember(self.deployed)
        for number, way in zip(range(count), cycle(ways), strict=False):
            way(self.people[number // len(ways) % len(self.people)].id)
            self.done += 1
            if number == halfway:
                self._troubles(self.people[0].id)

    def _with_attributes(self, resident: str) -> None:
        login, tokens = self._signed_in(self.clinic, resident, scope="openid name address jpki_status")
        person = next(person for person in self.people if person.id == resident)
        told = self.town.userinfo(self.clinic, tokens["access_token"])
        assert told.json["name"] == person.name
        # In a body: in an address an ID token would carry its number past every proxy, as a service is free to do.
        hint = {"id_token_hint": tokens["id_token"]}
        asked = self.town.post(login.browser, f"{BASE_URL}/t/aoba/logout", data=hint)
        page = self.town.get(login.browser, asked.headers["Location"])
        sealed = re.search(r'name="sealed" value="([^"]+)"', page.text)[1]
        left = {"sealed": sealed, "decision": "leave"}
        assert self.town.post(login.browser, f"{BASE_URL}/t/aoba/logout/decision", data=left).status_code == 303

    def _tampered(self, resident: str) -> None:
        login = self.town.begin(self.sports)
        self.town.challenge(login)
        proof = self.town.sign(login, resident)
        assert self.town.prove(login, {**proof, "signature": proof["signature"][::-1]}).status_code in (400, 403)
        assert self.town.prove(login, {**proof, "certificate": proof["certificate"][:-8]}).status_code in (
            400,
            403,
        )
        self.town.challenge(login)
        assert self.town.prove(login, self.town.sign(login, resident, algorithm="none")).status_code in (400, 403)
        self._signed_in(self.sports, resident)

    def _replayed(self, resident: str) -> None:
        code, login = self.town.code(self.sports, resident)
        tokens = self._redeemed(code, login)
        assert self.town.redeem(code, login, code_verifier="x" * 50).status_code == 400
        assert self.town.userinfo(self.sports, tokens["access_token"]).status_code == 401

    def _elsewhere(self, resident: str) -> None:
        _, tokens = self._signed_in(self.parking, resident, scope="openid jpki_status")
        assert self.town.userinfo(self.parking, tokens["access_token"]).status_code == 200
        login = self.town.begin(self.parking)
        self.town.post(self.town.browser(), login.link + "/decline")

    def _by_phone(self, resident: str) -> None:
        """An authenticator at the QR code; the digits are typed wrong once."""
        login = self.town.begin(self.sports)
        phone = scan(self.town, login)
        code = phone.code(resident=resident, device="reader")
        type_code(self.town, login, f"{(int(code) + 1) % 10**6:06d}")
        url = type_code(self.town, login, code).headers["Location"]
        if url.endswith("/consent"):
            url = self.town.consent(login, url).headers["Location"]
        self._redeemed(_code(url), login)

    def _verified(self, resident: str) -> None:
        """The verification API: a certificate, a serial number alone, a signature, a batch."""
        api = self.verifier
        body = api.serial_body(resident)
        assert api.check(body)["status"] == "valid"
        api.check(api.certificate_body(resident))
        answer = api.post("/authentications", api.proof(api.challenge(), resident))
        assert answer.status_code == 200, answer.text
        self.subs.add(answer.json["sub"])
        api.submit([{"kind": "user", "serials": [body["serial"]]}])

    def _by_signature(self, resident: str) -> None:
        """A statement, signed with a certificate that names the resident; another person's signature before it."""
        person = next(person for person in self.people if person.id == resident)
        held = reissued(self.town, resident, words(n1=person.name, n5=person.address))
        self.papers.certified(resident, held.serial_number)
        login = at_statement(self.town, self.clinic, resident)
        assert self.town.prove(login, proof(self.town, login, "hanako")).status_code == 403
        self.town.challenge(login)
        claims = told(self.town, login, to_consent(self.town, login, resident))
        assert claims["verified_claims"]["claims"]["name"] == person.name
        self.subs.add(claims["sub"])

    def _papers(self, resident: str) -> None:
        """What is signed in a login, and what is handed in with a signature or without."""
        person = next(person for person in self.people if person.id == resident)
        self.subs.add(self.papers.sign(person))
        self.papers.hand_in(person, self.verifier)

    def _troubles(self, resident: str) -> None:
        """What is under way when something breaks meets it at each step; afterwards it works again."""
        deployed = self.deployed
        with self._under_way(resident):
            deployed.postgres.crash()
        deployed.postgres.start()
        deployed.wait()
        with self._under_way(resident):
            deployed.redis.stop()
        deployed.redis.start()
        remember(deployed)
        with self._under_way(resident):
            deployed.bao.seal()
        deployed.bao.unseal()
        deployed.wait()
        self._refused_rows(resident)
        self._altered_rows(resident)
        self._with_attributes(resident)

    @contextmanager
    def _under_way(self, resident: str):
        """Logins that stand at each of their steps; after the block each takes its next one, whatever is said."""
        town = self.town
        proving, consenting = town.begin(self.clinic, scope="openid name address"), town.begin(self.parking)
        town.challenge(proving)
        proof = town.sign(proving, resident)
        url = town.accept(consenting, resident)
        code, redeeming = town.code(self.sports, resident)
        _, tokens = self._signed_in(self.clinic, resident, scope="openid name address")
        yield
        answers = [
            town.prove(proving, proof),
            town.get(consenting.browser, url),
            town.redeem(code, redeeming),
            town.userinfo(self.clinic, tokens["access_token"]),
        ]
        assert all(answer.status_code < 500 or answer.status_code == 503 for answer in answers)

    def _refused_rows(self, resident: str) -> None:
        """The database refuses rows, and its message would repeat them."""
        code, login = self.town.code(self.sports, resident)
        url = self.town.accept(first := self.town.begin(self.parking), self.people[-1].id)
        for table in ("access_token", "pair", "acceptance"):
            self._as_owner(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (tenant_id = '') NOT VALID")
        refused = [self.town.redeem(code, login), self.town.get(first.browser, url)]
        assert refused[0].status_code == 500
        for table in ("access_token", "pair", "acceptance"):
            self._as_owner(f"ALTER TABLE {table} DROP CONSTRAINT refused")

    def _altered_rows(self, resident: str) -> None:
        """A seal that does not hold is an exception in the middle of a request."""
        _, tokens = self._signed_in(self.parking, resident)
        self._as_owner("CREATE TABLE kept AS SELECT pair_id, sealed_ppid FROM pair")
        self._as_owner("UPDATE pair SET sealed_ppid = 'x'")
        assert self.town.userinfo(self.parking, tokens["access_token"]).status_code == 500
        self._as_owner("UPDATE pair SET sealed_ppid = k.sealed_ppid FROM kept k WHERE k.pair_id = pair.pair_id")
        self._as_owner("DROP TABLE kept")

    def _as_owner(self, statement: str) -> None:
        with psycopg.connect(self.deployed.superuser, autocommit=True) as connection:
            connection.execute(statement)

    def _signed_in(self, service: Service, resident: str, **parameters: str) -> tuple[Login, dict]:
        code, login = self.town.code(service, resident, **parameters)
        return login, self._redeemed(code, login)

    def _redeemed(self, code: str, login: Login) -> dict:
        answer = self.town.redeem(code, login)
        assert answer.status_code == 200, answer.text
        self.subs.add(id_token_claims(answer.json["id_token"])["sub"])
        return answer.json


def remember(deployed: Deployed) -> None:
    """Have Redis write down every command from now on: its append-only file holds all values there ever were."""
    deployed.redis.client.config_set("appendonly", "yes")


def _code(url: str) -> str:
    return parse_qs(urlsplit(url).query)["code"][0]
