"""Services' back channels: real sockets that keep the logout tokens they receive."""

from urllib.parse import parse_qs

from components.peer import Peer, answer
from components.town import BASE_URL
from joserfc import jwk, jwt

TAKEN = [answer("200 OK")]


class BackChannels(Peer):
    """A receiver; `replies[0]` is what it answers."""

    def __init__(self):
        self.replies = [TAKEN]
        super().__init__(lambda _: self.replies[0])

    @property
    def uri(self):
        """What a service registers."""
        return f"{self.origin}/backchannel-logout"

    def tokens(self):
        """The logout tokens received so far."""
        return [parse_qs(request.body.decode())["logout_token"][0] for request in self.requests]


def read(town, token, tenant="aoba"):
    """Header and claims of a token that the tenant signed."""
    browser = town.browser()
    keys = jwk.KeySet.import_key_set(town.get(browser, f"{BASE_URL}/t/{tenant}/jwks").json)
    decoded = jwt.decode(token, keys, algorithms=["RS256", "ES256"])
    return decoded.header, decoded.claims
