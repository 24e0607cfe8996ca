"""Revocation by the newest list: fetched when it is needed, by one thread for all that need it."""

from collections.abc import Callable
from datetime import datetime

from connectors.errors import ConnectorError
from connectors.ports import CrlSource
from idp.jpki import crl
from idp.jpki.crl import RevocationList
from idp.jpki.revocation import Evidence, NoEvidence
from idp.jpki.trust import Anchor
from idp.revocation.single_flight import SingleFlight


class ByCrl:
    """Whole-CA lists from one repository. Safe for threads."""

    def __init__(self, source: CrlSource, *, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now
        self._flights = SingleFlight[RevocationList]()

    def evidence_for(self, anchor: Anchor, serial: int, *, point: bytes | None = None) -> Evidence:
        """Evidence that the certificate does not stand in a fresh list of the whole CA, covering every `point`.

        Raises NoEvidence when there is no such list, Refusal with CERTIFICATE_REVOKED.
        """
        newest = self._flights.run(anchor.spki_sha256, lambda: self._fetch(anchor))
        return newest.evidence_for(serial, now=self._now())

    def _fetch(self, anchor: Anchor) -> RevocationList:
        try:
            return crl.judge(self._source.fetch(anchor.kind, anchor.key_id), anchor)
        except ConnectorError as error:
            raise NoEvidence(f"CRL: {error}") from error
