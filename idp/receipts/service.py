"""Which services give receipts."""

from idp.procedures.procedure import Way
from idp.tenancy import ACTIVE, VERIFY, Client


def may_receive(client: Client) -> bool:
    """Whether the service may give receipts now: it has the scope of the API, and an anonymous procedure.

    Nobody approves that beside whoever registered it: it learns nothing there but what it said itself.
    """
    anonymous = any(one.way is Way.ANONYMOUS for one in client.procedures.values())
    return client.state == ACTIVE and VERIFY in client.scopes and anonymous
