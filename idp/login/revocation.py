"""Asking about revocation: OCSP first, a fresh list when OCSP gives nothing. `idp/jpki` judges what comes."""

from collections.abc import Callable
from datetime import datetime

from connectors.errors import ConnectorError
from connectors.ports import CrlSource, OcspSource
from idp.jpki import crl, ocsp
from idp.jpki.revocation import Evidence, NoEvidence, none_left
from idp.jpki.verify import VerifiedCertificate

NONCE_BYTES = 32


class RevocationCheck:
    """The two sources and the order in which they are asked."""

    def __init__(
        self,
        *,
        ocsp_source: OcspSource,
        crl_source: CrlSource,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
    ) -> None:
        self._ocsp = ocsp_source
        self._crl = crl_source
        self._now = now
        self._token_bytes = token_bytes

    def evidence_for(self, certificate: VerifiedCertificate) -> Evidence:
        """Evidence that the certificate is not revoked.

        Raises Refusal: CERTIFICATE_REVOKED, CERTIFICATE_STATUS_UNKNOWN, EVIDENCE_TOO_OLD,
        REVOCATION_UNAVAILABLE.
        """
        failures = []
        for ask in (self._by_ocsp, self._by_crl):
            try:
                return ask(certificate)
            except NoEvidence as failure:
                failures.append(failure)
        raise none_left(failures)

    def _by_ocsp(self, certificate: VerifiedCertificate) -> Evidence:
        question = ocsp.Question(certificate.anchor, certificate.serial, self._token_bytes(NONCE_BYTES))
        try:
            answer = self._ocsp.ask(question.request())
        except ConnectorError as error:
            raise NoEvidence(f"OCSP: {error}") from error
        return ocsp.judge(answer, question, now=self._now())

    def _by_crl(self, certificate: VerifiedCertificate) -> Evidence:
        try:
            der = self._crl.fetch(certificate.kind, certificate.anchor.key_id)
        except ConnectorError as error:
            raise NoEvidence(f"CRL: {error}") from error
        revocation_list = crl.judge(der, certificate.anchor)
        return revocation_list.evidence_for(certificate.serial, now=self._now(), fallback=True)
