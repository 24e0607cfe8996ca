"""R18: how long the certificates last, when and where they are renewed; how the signature certificate stands."""

from dataclasses import dataclass

from flask import Flask, Response

from idp.my import when
from idp.my.certificates import LONGEST_DAYS, Certificates, Lasting
from idp.my.resident import Resident
from idp.my.signing_certificate import SigningCertificate
from idp.my.web import Frame
from idp.signature_status.status import SignatureStatus

BAR_WIDTH = 300
"""The whole bar in the picture's own units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePages:
    """The route."""

    frame: Frame
    certificates: Certificates
    signing: SigningCertificate

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule(
            "/my/certificate", "my_certificate", lambda: self.frame.shown(self._show), methods=["GET"]
        )

    def _show(self, resident: Resident) -> Response:
        found = [shown(one) for one in self.certificates.of(resident)]
        return self.frame.page(
            "certificate",
            resident,
            at="certificate",
            this=next((one for one in found if one["this"]), None),
            others=[one for one in found if not one["this"]],
            checked=when.at(resident.session.accepted_at),
            signature=signature_shown(self.signing.of(resident)),
        )


def signature_shown(found: SignatureStatus | None) -> str | None:
    """By which words the page says how the signature certificate stands; None for nothing to be said."""
    if found is None:
        return None
    return "moved" if found.basic4_changed else str(found.status)


def shown(one: Lasting) -> dict[str, object]:
    """As the page takes it; `bar`: how much of it is filled."""
    share = max(0.0, min(1.0, one.days_left / LONGEST_DAYS))
    return {
        "this": one.this,
        "device": str(one.device) if one.device else "unknown",
        "ends": when.on(one.ends_on),
        "days": max(0, one.days_left),
        "over": one.days_left < 0,
        "renewable": one.renewable,
        "renewable_from": when.on(one.renewable_from),
        "bar": round(BAR_WIDTH * share),
        "bar_width": BAR_WIDTH,
    }
