"""The two ceremonies of Web Authentication, judged (Level 3, sections 7.1 and 7.2). Pure.

The relying party is the host of the tenant's issuer. Where several tenants share a host (path issuers), a browser
may offer the passkey of another one: its credential is unknown here, and so it is refused.
"""

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.passkeys.passkey import Passkey
from idp.tenants.tenancy import Tenant

_UNREADABLE = (WebAuthnException, ValueError, LookupError, TypeError, RecursionError)
"""LookupError: of the library, for a public key that is no map; RecursionError: JSON nested too deeply."""
LONGEST = 16 * 1024
"""Characters of an authenticator's answer as a form sends it: far over any without attestation."""


class CeremonyFailed(Exception):
    """The answer proves nothing: another challenge, origin or host, no user verification, a wrong signature."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new credential."""

    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    may_be_copied: bool


def binding_options(tenant: Tenant, *, user_id: bytes, challenge: bytes, known: list[bytes], name: str) -> str:
    """What the browser is asked to make, JSON. `known`: credentials that the person has; `name`: shown to them."""
    options = generate_registration_options(
        rp_id=_host(tenant),
        rp_name=tenant.name("ja"),
        user_id=user_id,
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
    )
    return options_to_json(options)


def login_options(tenant: Tenant, *, challenge: bytes) -> str:
    """What the browser is asked to sign, JSON: with whichever passkey the person chooses there."""
    options = generate_authentication_options(
        rp_id=_host(tenant), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


def made(tenant: Tenant, unverified: str, *, challenge: bytes) -> Made:
    """The credential that was made for this challenge. Raises CeremonyFailed."""
    try:
        found = verify_registration_response(
            credential=_object(unverified),
            expected_challenge=challenge,
            expected_rp_id=_host(tenant),
            expected_origin=tenant.origin,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise CeremonyFailed(type(error).__name__) from error
    copied = found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    return Made(found.credential_id, found.credential_public_key, found.sign_count, copied)


def credential_of(unverified: str) -> bytes:
    """Which credential an answer says it is of. Raises CeremonyFailed."""
    try:
        return parse_authentication_credential_json(_object(unverified)).raw_id
    except _UNREADABLE as error:
        raise CeremonyFailed(type(error).__name__) from error


def require_signed(tenant: Tenant, unverified: str, passkey: Passkey, *, challenge: bytes) -> int:
    """The passkey has signed this challenge, here, and its owner was verified; its counter now.

    Raises CeremonyFailed, also for a counter that did not go up: there are two of that key.
    """
    try:
        found = verify_authentication_response(
            credential=_object(unverified),
            expected_challenge=challenge,
            expected_rp_id=_host(tenant),
            expected_origin=tenant.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise CeremonyFailed(type(error).__name__) from error
    if (found.credential_device_type is CredentialDeviceType.MULTI_DEVICE) != passkey.may_be_copied:
        raise CeremonyFailed("backup eligibility never changes (section 7.2)")
    return found.new_sign_count


def challenge_in(text: str) -> bytes:
    """A challenge as it is kept, base64url."""
    return base64url_to_bytes(text)


def _object(unverified: str) -> dict[str, object]:
    if len(unverified) > LONGEST:
        raise ValueError("the answer is too long")
    parsed = json.loads(unverified)
    if not isinstance(parsed, dict):
        raise ValueError("the answer is no object")  # noqa: TRY004 - wrong text, as json.loads says it
    return parsed


def _host(tenant: Tenant) -> str:
    return urlsplit(tenant.origin).hostname or ""
