"""The accepted proof in a transaction's record, which another version of this program may have written."""

import json

import pytest

from idp.login.states import State
from idp.login.stored import parse
from idp.login.transaction import Accepted

ACCEPTED = Accepted(
    acr="aal3",
    acr_by_code="aal2",
    amr="hwk sc pin mfa",
    evidence='{"method": "crl"}',
    accepted_at=1_700_000_000,
    sealed_prover="c2VhbGVk",
    return_digest="ab" * 32,
    return_ends=1_700_000_060,
    by_code=True,
)
RECORD = {
    "id": "a",
    "client": "library",
    "request": "{}",
    "state": State.ACCEPTED,
    "ends": "1700000900",
    "button": "b",
    "button_ends": "1700000300",
    "button_agent": "c",
}


def test_a_proof_is_read_as_it_was_written():
    """What is written of a proof is what is read of it."""
    read = parse({**RECORD, "accepted": ACCEPTED.to_json()})
    assert (read.state, read.accepted) == (State.ACCEPTED, ACCEPTED)


@pytest.mark.parametrize(
    "change", [{"sealed_prover": None}, {"sealed_person": "c2VhbGVk"}, {"return_ends": "soon"}]
)
def test_a_proof_of_another_version_is_over(change):
    """A member that is missing, not known, or of another kind: the resident begins anew."""
    members = {
        name: value for name, value in (json.loads(ACCEPTED.to_json()) | change).items() if value is not None
    }
    read = parse({**RECORD, "accepted": json.dumps(members)})
    assert (read.state, read.accepted) == (State.EXPIRED, None)
