"""The outcome of a login, as a log or a traceback would show it."""

from idp.login.dispatch import SignedIn
from idp.login.transaction import Request


def test_an_outcome_that_is_printed_names_nobody():
    """Neither the number that the service receives nor its agent's: the login's own id is enough to find it."""
    outcome = SignedIn(
        transaction_id="login-1",
        request=Request("library", ("openid",), "{}"),
        pair_id=b"pair",
        ppid="number-of-the-person",
        acr="aal3",
        amr="hwk",
        accepted_at=1_700_000_000,
        evidence="{}",
        session_digest=b"session",
        goes_on=True,
        agent_ppid="number-of-the-agent",
    )
    assert repr(outcome) == "SignedIn(transaction_id='login-1')"
