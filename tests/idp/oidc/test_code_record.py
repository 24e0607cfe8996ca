"""The record inside a code: sealed whole, read by this version of us alone, and silent about its person."""

import json

import pytest

from idp import base64url
from idp.keys.sealing import Place
from idp.oidc.tokens import code

RECORD = code.Code(
    client_id="service",
    redirect_uri="https://service.example/back",
    scope="openid",
    nonce=None,
    code_challenge="c" * 43,
    auth_time=None,
    transaction_id="transaction",
    pair_id="00" * 16,
    sub="number",
    acr="aal3",
    earned="aal3",
    amr="pin hwk",
    evidence=None,
    session_digest="00" * 32,
    userinfo='{"name":null}',
    goes_on=True,
    continued=False,
    expires_at=60,
    application='{"name":"髙橋"}',
    acting="agent",
)


@pytest.fixture
def keys(shared_town):
    """A tenant's keys."""
    return shared_town.product.directory.tenant("aoba").keys


def sealed(keys, members):
    """A code of ours around whatever another version of us may have written."""
    return base64url.encode(keys.seal(Place("code", b"", "record"), json.dumps(members).encode()))


def members(keys):
    """What this version writes."""
    return json.loads(keys.open(Place("code", b"", "record"), base64url.decode(code.seal(keys, RECORD))))


def test_a_record_comes_back_as_it_was(keys):
    """Every member, until its time is over."""
    text = code.seal(keys, RECORD)
    opened, shown = code.open_code(keys, text, now=59)
    assert (opened, shown.text) == (RECORD, text)
    with pytest.raises(code.CodeOver) as over:
        code.open_code(keys, text, now=60)
    assert over.value.code == RECORD


def test_another_version_is_no_code(keys):
    """One with fewer members, with more, and with members of other types."""
    written = members(keys)
    for other in (written[:5], [*written, "more"], [1, *written[1:]], dict.fromkeys(written[:3]), None):
        with pytest.raises(code.CodeInvalid):
            code.open_code(keys, sealed(keys, other), now=0)
    assert code.open_code(keys, sealed(keys, written), now=0)[0] == RECORD


def test_a_record_says_nothing_of_its_person():
    """Neither their number nor by what they act."""
    shown = repr(RECORD)
    assert "service" in shown
    for word in (RECORD.sub, RECORD.acting, RECORD.application, RECORD.session_digest):
        assert word not in shown
