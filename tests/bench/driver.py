"""The driver of `make bench`: one process that plays browsers, services and a card, as light as can be.

Reads from standard input a line of JSON with the contenders, then one line per task: a contender, how many logins,
how many at once, and which half: `logins` (up to the code) or `redemptions` (of the codes of the logins before).
Answers each with a line: the seconds that every single one took.
"""

import base64
import hashlib
import json
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

Pending = tuple[str, str]
"""A code and the PKCE verifier that belongs to it."""
_LINK, _FORM = re.compile(rb'rel="jpki-login" href="([^"]+)"'), re.compile(rb'method="post" action="([^"]+)"')


class Wire:
    """One kept-alive HTTP/1.1 connection, as a proxy in front of the provider holds it."""

    def __init__(self, port: int, host: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = host

    def ask(self, method: str, target: str, body: str = "", **headers: str) -> "Answer":
        """Send one request; `content_type` is Content-Type."""
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self._socket.sendall(
            f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n{named}{length}\r\n{body}".encode()
        )
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        answer = Answer(received[:end].decode("latin-1"))
        content = received[end + 4 :]
        while len(content) < answer.length:
            content += self._more()
        answer.content = content
        return answer

    def _more(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


class Answer:
    """Status, the headers that matter, content."""

    content = b""

    def __init__(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        pairs = [line.split(": ", 1) for line in lines]
        self.status = int(first.split(" ", 2)[1])
        self.headers = {name.lower(): value for name, value in pairs}
        self.cookies = [value.partition(";")[0] for name, value in pairs if name.lower() == "set-cookie"]
        self.length = int(self.headers.get("content-length", "0"))

    @property
    def location(self) -> str:
        """Path and query to which the browser is sent, or the whole address of a service's."""
        parts = urlsplit(self.headers["location"])
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def code(self) -> str:
        """Of an answer that sends the browser to the service."""
        return parse_qs(urlsplit(self.headers["location"]).query)["code"][0]


class Contender:
    """One service at one provider. Every login comes from a browser without cookies."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.pending: list[Pending] = []
        self.connect_anew()
        if "card" in told:
            pem, key = (Path(told["card"][name]).read_bytes() for name in ("certificate", "key"))
            self._certificate = base64.b64encode(
                x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
            ).decode()
            self._key: Any = load_pem_private_key(key, None)

    def connect_anew(self) -> None:
        """Before a task: servers close a connection that was idle while others had their turn."""
        self._threads = threading.local()

    @property
    def wire(self) -> Wire:
        """This thread's connection."""
        if not hasattr(self._threads, "wire"):
            self._threads.wire = Wire(self.told["port"], self.told["host"])
        wire: Wire = self._threads.wire
        return wire

    def log_in(self) -> None:
        """A login up to its code, which waits then."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.told["client_id"],
                "redirect_uri": self.told["redirect_uri"],
                "scope": "openid",
                "state": secrets.token_urlsafe(16),
                "nonce": secrets.token_urlsafe(16),
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        begun = self.wire.ask("GET", f"{self.told['authorize']}?{query}", Accept="text/html")
        cookie = "; ".join(begun.cookies)
        ended = self._by_card(begun, cookie) if "card" in self.told else self._by_form(begun, cookie)
        self.pending.append((ended.code(), verifier))

    def _by_card(self, begun: Answer, cookie: str) -> Answer:
        """From the page: the challenge, the proof, the way back."""
        found = _LINK.search(begun.content)
        if found is None:
            raise ValueError(f"no card page: {begun.status}")
        link = urlsplit(unescape(found[1].decode()))
        asked = json.loads(self.wire.ask("GET", link.path, Accept="application/json").content)
        parts = (
            asked["issuer"].encode(),
            f"{link.scheme}://{link.netloc}".encode(),
            asked["transaction"].encode(),
            base64.urlsafe_b64decode(asked["nonce"] + "="),
            b"",
        )
        message = b"jpki-login/1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        proof = {
            "certificate": self._certificate,
            "algorithm": "RS256",
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        }
        sent = self.wire.ask("POST", f"{link.path}/proof", json.dumps(proof), content_type="application/json")
        back = urlsplit(json.loads(sent.content)["return_url"])
        return self.wire.ask("GET", f"{back.path}?{back.query}", Accept="text/html", Cookie=cookie)

    def _by_form(self, begun: Answer, cookie: str) -> Answer:
        """The login page, its form, and the way back; or the way back at once where nobody is asked."""
        passed = self.wire.ask("GET", begun.location, Accept="text/html", Cookie=cookie)
        if passed.status == 200:
            found = _FORM.search(passed.content)
            if found is None:
                raise ValueError("no login page")
            filled = urlencode({"login": "hanako", "password": "not looked at"})
            to, kind = found[1].decode(), "application/x-www-form-urlencoded"
            passed = self.wire.ask("POST", to, filled, content_type=kind, Accept="text/html", Cookie=cookie)
        return self.wire.ask("GET", passed.location, Accept="text/html", Cookie=cookie)

    def redeem(self) -> None:
        """The token request of one code that waits."""
        code, verifier = self.pending.pop()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.told["redirect_uri"],
            "code_verifier": verifier,
        }
        secret = base64.b64encode(f"{self.told['client_id']}:{self.told['client_secret']}".encode()).decode()
        answer = self.wire.ask(
            "POST",
            self.told["token"],
            urlencode(form),
            Authorization=f"Basic {secret}",
            content_type="application/x-www-form-urlencoded",
        )
        given = json.loads(answer.content)["id_token"]
        header = json.loads(base64.urlsafe_b64decode(given.partition(".")[0] + "=="))
        if header["alg"] != self.told["alg"]:
            raise ValueError(f"signed with {header['alg']}")

    def whole(self) -> None:
        """A login and its token request."""
        self.log_in()
        self.redeem()


def timed(act: Callable[[], None]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def answers(contenders: dict[str, Contender], lines: Iterator[str]) -> Iterator[list[float]]:
    """What every task took, login by login."""
    for line in lines:
        task = json.loads(line)
        contender = contenders[task["contender"]]
        contender.connect_anew()
        act = {"logins": contender.log_in, "redemptions": contender.redeem, "whole": contender.whole}[task["do"]]
        if task["at_once"] == 1:
            yield [timed(act) for _ in range(task["count"])]
            continue
        with ThreadPoolExecutor(task["at_once"]) as pool:
            yield list(pool.map(lambda _, act=act: timed(act), range(task["count"])))


def main() -> None:
    """Do what is asked for until there is no more."""
    contenders = {told["name"]: Contender(told) for told in json.loads(sys.stdin.readline())}
    for seconds in answers(contenders, iter(sys.stdin.readline, "")):
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
