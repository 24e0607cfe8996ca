"""What the grants of the token endpoint share: how they refuse, and what they answer."""

from msgspec import Struct

from idp.keys.encryption import Answer
from idp.oidc.clients.encrypting import Encrypting, NoKey, Seal
from idp.oidc.tokens.minting import Minted
from idp.tenants.tenancy import Client, Tenant


class GrantRefused(Exception):
    """A code or refresh token that gives nothing: `invalid_grant`."""


class GrantPostponed(Exception):
    """Nobody can tell now whether it may give anything: it is kept, and may be shown again."""


class Granted(Struct, frozen=True):
    """What a service receives (RFC 6749 section 5.1, OpenID Connect Core sections 3.1.3.3 and 12.2)."""

    access: Minted
    id_token: str
    refresh_token: str | None

    def body(self) -> dict[str, object]:
        """The answer's members."""
        members: dict[str, object] = {
            "access_token": self.access.text,
            "token_type": self.access.binding.token_type,
            "expires_in": self.access.expires_at - self.access.issued_at,
            "scope": self.access.scope,
            "id_token": self.id_token,
            "refresh_token": self.refresh_token,
        }
        return {name: value for name, value in members.items() if value}


def seal_of_id_token(encrypting: Encrypting, tenant: Tenant, client: Client) -> Seal:
    """What makes the ID token one for this service alone, where it has registered that. Raises GrantPostponed."""
    try:
        return encrypting.to(tenant, client, Answer.ID_TOKEN)
    except NoKey as missing:
        raise GrantPostponed(str(missing)) from missing
