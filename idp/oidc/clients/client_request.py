"""A request that a service sends itself, as it came: form, credentials, the certificate of its handshake."""

from collections.abc import Sequence

from idp.oidc.tokens import form
from idp.oidc.tokens.form import ClientCertificate, FormRefused, TokenForm
from idp.services import client_certificates
from idp.services.client_certificates import CertificateRefused
from idp.web.certificate_hop import HeaderRefused, Hop, certificate_in
from idp.web.request import here

KEY_HEADER = "Mtls-Host-Key"
VERDICT_HEADER = "Client-Cert-Verified"
_VERIFIED = "SUCCESS"
_CERTIFICATE = "HTTP_CLIENT_CERT"
"""The field Client-Cert (RFC 9440) in the environment: most requests have none."""


def read(hop: Hop, *, required: Sequence[str] = ()) -> TokenForm:
    """The form of the request at hand. Raises FormRefused as `form.read` and `certificate` do."""
    asked = here()
    media_type, authorization = asked.environ.get("CONTENT_TYPE", ""), asked.environ.get("HTTP_AUTHORIZATION")
    return form.read(media_type, asked.get_data(), authorization, certificate(hop), required=required)


def certificate(hop: Hop) -> ClientCertificate | None:
    """The certificate of the handshake with the mTLS host; None elsewhere, whatever the request says of itself.

    Raises FormRefused, invalid_client, for one that cannot be read.
    """
    asked = here()
    unverified = asked.environ.get(_CERTIFICATE, "")
    if not unverified or not hop.is_shown_by(asked.headers.get(KEY_HEADER, "")):
        return None
    try:
        der = certificate_in(unverified, max_bytes=client_certificates.MAX_BYTES)
        parsed = client_certificates.parse(der)
    except (HeaderRefused, CertificateRefused) as error:
        raise FormRefused("invalid_client", "client authentication failed") from error
    return ClientCertificate(parsed, vouched=asked.headers.get(VERDICT_HEADER, "") == _VERIFIED)
