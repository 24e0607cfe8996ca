"""Revocation by questions: ask, judge, remember a good answer for as long as it may be used again.

The same conversation serves OCSP responders of the certification authority and a validation authority (VA).

Nothing remembered names a certificate: the key is an HMAC under a key that lives and dies with the process. What
one service was answered is remembered for that service alone (`Tally.audience`).
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from msgspec import structs

from connectors.errors import ConnectorError
from connectors.ports import OcspSource
from idp.errors import Refusal
from idp.jpki import ocsp
from idp.jpki.ocsp_question import Question
from idp.jpki.revocation import Evidence, Method, NoEvidence
from idp.jpki.trust import Anchor
from idp.revocation.breaker import Breaker
from idp.revocation.single_flight import SingleFlight
from idp.revocation.tally import LeftAlone, Tally

NONCE_BYTES = 32
LONGEST_CACHE = timedelta(minutes=15)
"""J-LIS publishes OCSP data every 15 minutes: an older answer may hide a revocation that is known by now."""
REMEMBERED = 100_000
"""Answers remembered at most, some 400 bytes each; the one used longest ago goes first."""


class Judge(Protocol):
    """Who decides whether an answer is evidence: `ocsp.judge`, or a VA's `judge`."""

    def __call__(self, unverified_der: bytes, question: Question, *, now: datetime) -> Evidence:
        """Evidence that the certificate is good. Raises NoEvidence, or Refusal when it is not."""
        ...


class ByOcsp:
    """One source with its breaker and what was remembered of its answers. Safe for threads."""

    def __init__(
        self,
        source: OcspSource,
        *,
        breaker: Breaker,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        longest_cache: timedelta = LONGEST_CACHE,
        method: Method = Method.OCSP,
        judge: Judge = ocsp.judge,
    ) -> None:
        self._source = source
        self._breaker = breaker
        self._now = now
        self._token_bytes = token_bytes
        self._longest_cache = longest_cache
        self._method = method
        self._judge = judge
        self._flights = SingleFlight[Evidence]()
        self._lock = Lock()
        self._key = token_bytes(32)
        self._good: OrderedDict[bytes, tuple[Evidence, datetime]] = OrderedDict()

    def evidence_for(self, anchor: Anchor, serial: int, *, tally: Tally | None = None) -> Evidence:
        """Evidence that the certificate is good, at most `longest_cache` old, for the tally's audience.

        Raises NoEvidence when the source gives none, LeftAlone when it is left alone, Refusal with
        CERTIFICATE_REVOKED or CERTIFICATE_STATUS_UNKNOWN.
        """
        tally = tally or Tally()
        index = self._index(tally.audience, anchor, serial)
        with tally.question(anchor.kind, self._method) as question:
            if (known := self._remembered(index)) is not None:
                question.remember()
                return structs.replace(known, checked_at=self._now())
            return self._flights.run(index, lambda: self._ask(index, anchor, serial), followed=question.remember)

    def _ask(self, index: bytes, anchor: Anchor, serial: int) -> Evidence:
        if not self._breaker.allows():
            raise LeftAlone(f"{self._method}: left alone after repeated failures")
        question = Question(anchor, serial, self._token_bytes(NONCE_BYTES))
        try:
            evidence = self._judge(self._source.ask(question.request()), question, now=self._now())
        except ConnectorError as error:
            self._breaker.failed()
            raise NoEvidence(f"{self._method}: {error}") from error
        except NoEvidence:
            self._breaker.failed()
            raise
        except Refusal:
            self._breaker.succeeded()
            self._forget(index)
            raise
        self._breaker.succeeded()
        self._remember(index, evidence)
        return evidence

    def _index(self, audience: bytes, anchor: Anchor, serial: int) -> bytes:
        named = hashlib.sha256(audience).digest() + anchor.spki_sha256 + f"{serial:x}".encode()
        return hmac.digest(self._key, named, hashlib.sha256)

    def _remembered(self, index: bytes) -> Evidence | None:
        with self._lock:
            evidence, until = self._good.get(index, (None, None))
            if evidence is None or until is None or self._now() >= until:
                return None
            self._good.move_to_end(index)
            return evidence

    def _remember(self, index: bytes, evidence: Evidence) -> None:
        until = min(evidence.next_update, evidence.checked_at + self._longest_cache)
        with self._lock:
            self._good[index] = (evidence, until)
            self._good.move_to_end(index)
            if len(self._good) > REMEMBERED:
                self._good.popitem(last=False)

    def _forget(self, index: bytes) -> None:
        with self._lock:
            self._good.pop(index, None)
