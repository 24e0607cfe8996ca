"""A town while its Vault is in trouble: residents who keep coming, new ones told honestly, recovery timed."""

import threading
import time
from contextlib import contextmanager

from components.scale import against

from connectors.errors import ConnectorError

HONEST_SECONDS = 1.0
RECOVERY_SECONDS = 10.0


def write(path, text):
    """A secret's file."""
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


def environment_of(folder, server, address=None):
    """The settings of a product whose keys are in that server, used and made under one identity."""
    role = server.role("idp-use", "idp-admin")
    return {
        "IDP_VAULT_ADDRESS": address or server.address,
        "IDP_VAULT_CA_FILE": str(server.ca_file),
        "IDP_VAULT_ROLE_ID_FILE": write(folder / "role", role.role_id),
        "IDP_VAULT_SECRET_ID_FILE": write(folder / "secret", role.secret_id),
    }


@contextmanager
def residents_keep_coming(made, service, known):
    """Whole logins at a service that knows the resident, one after the other for the length of the block.

    Each ends, with the known number: at least one within the block.
    """
    over, subs, failures = threading.Event(), [], []

    def come():
        try:
            while not over.is_set() or not subs:
                subs.append(made.sign_in(service)["sub"])
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    visitor = threading.Thread(target=come)
    visitor.start()
    try:
        yield
    finally:
        over.set()
        visitor.join()
    print(f"logins at a service that knows the resident meanwhile: {len(subs)}, all with the known number")
    assert failures == []
    assert set(subs) == {known}


def consenting(made, service):
    """A login that stands before the consent page of a service where the person is new."""
    login = made.begin(service)
    return login, made.get(login.browser, made.accept(login)).headers["Location"]


def refused_honestly(made, login, consent_url, why):
    """The new pair is refused within a second, with a time to come back, and nothing is stored."""
    pairs, began = made.rows("pair"), time.monotonic()
    answer = made.consent(login, consent_url)
    against(f"{why}: a new resident is told after", time.monotonic() - began, HONEST_SECONDS, "s")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert made.rows("pair") == pairs


def served_again(made, login, consent_url, why):
    """The same resident, trying again as the page says, is served in time, and told within a second until then."""
    began, waits, answer = time.monotonic(), [], None
    while answer is None or "code=" not in answer.headers.get("Location", ""):
        assert time.monotonic() - began < RECOVERY_SECONDS, "no recovery in time"
        asked = time.monotonic()
        answer = made.consent(login, consent_url)
        if answer.status_code == 503:
            waits.append(time.monotonic() - asked)
    against(
        f"{why}: a new resident is told, of {len(waits)} times, after", max(waits, default=0), HONEST_SECONDS, "s"
    )
    against(f"{why}: a new resident is served after", time.monotonic() - began, RECOVERY_SECONDS, "s")


def recovered(ask):
    """What `ask` gives as soon as it answers again."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return ask()
        except ConnectorError:
            assert time.monotonic() < deadline, "no recovery in time"
