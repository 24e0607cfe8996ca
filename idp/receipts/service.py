"""Which services give receipts."""

from idp.tenants.tenancy import ACTIVE, VERIFY, Client


def may_receive(client: Client) -> bool:
    """Whether the service may give receipts now: it has the scope of the API, and a procedure that gives them.

    Nobody approves that beside whoever registered it: it learns nothing there but what it said itself.
    """
    gives = any(one.gives_receipts for one in client.procedures.values())
    return client.state == ACTIVE and VERIFY in client.scopes and gives
