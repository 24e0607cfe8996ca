"""What the client of Vault makes of answers that are not as agreed; the right ones come from a real OpenBao."""

import base64
import json

import pytest
from components.peer import CLOSE, Peer, answer

from connectors.errors import Garbled, Refused, Unreachable
from connectors.vault import AppRole, Token, VaultKeys

TAG = base64.b64encode(bytes(32)).decode()
LOGIN = json.dumps({"auth": {"client_token": "t-1"}}).encode()


def data(**fields):
    return answer(body=json.dumps({"data": fields}).encode())


def asked(reply, ask, identity=None):
    """What `ask` gives or raises when Vault answers everything but the login with `reply`; the requests."""

    def steps(request):
        return [answer(body=LOGIN) if "/login" in request.line else reply]

    with Peer(steps) as peer:
        keys = VaultKeys(
            peer.origin, identity or Token("t"), token_bytes=bytes, connect_seconds=10.0, read_seconds=10.0
        )
        try:
            return ask(keys), peer.requests
        except (Unreachable, Refused, Garbled) as error:
            return error, peer.requests


def hmac_of(reply, version=2, **options):
    return asked(reply, lambda keys: keys.hmac_sha256("aoba", version, b"m"), **options)[0]


def test_the_answer_of_the_version_asked_for_is_taken():
    """`vault:vN:` with the N that was asked for is the tag."""
    assert hmac_of(data(hmac=f"vault:v2:{TAG}")) == bytes(32)


@pytest.mark.parametrize(
    "value",
    [
        f"vault:v1:{TAG}",
        f"vault:v3:{TAG}",
        f"vault:v20:{TAG}",
        f"vault:v02:{TAG}",
        f"vault:v2:{TAG}\n",
        f" vault:v2:{TAG}",
        f"vault:v２:{TAG}",
        f"openbao:v2:{TAG}",
        "vault:v2:",
        "vault:v2:!!!!",
        "vault:v2:AAAA",
        f"vault:v2:{TAG[:-1]}",
        "vault:v2:" + base64.b64encode(bytes(33)).decode(),
        "vault:v2:" + base64.b64encode(bytes(31) + b"\x01").decode()[:-2] + "R=",
        TAG,
        "",
        None,
        2,
        ["vault"],
        {"hmac": TAG},
    ],
)
def test_an_hmac_of_another_version_or_form_is_garbled(value):
    """A tag under another version would be another PPID: only the exact form is taken."""
    assert isinstance(hmac_of(data(hmac=value)), Garbled)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"data"', b"{}", b'{"data": []}', b'{"data": {}}', b"\xff\xfe", b"[" * 100_000],
    ids=range(10),
)
def test_an_answer_that_is_not_vaults_is_garbled(body):
    """Anything but a JSON object with the field is garbled, in every method."""
    for ask in (
        lambda keys: keys.hmac_sha256("aoba", 1, b"m"),
        lambda keys: keys.latest_version("aoba"),
        lambda keys: keys.rotate("aoba"),
        lambda keys: keys.create("aoba"),
        lambda keys: keys.wrap("aoba", "label", b"k"),
        lambda keys: keys.unwrap("aoba", "label", b"vault:v1:AAAA"),
    ):
        assert isinstance(asked(answer(body=body), ask)[0], Garbled)


@pytest.mark.parametrize("version", [0, -1, "1", None, 1.5, True, [1]])
def test_a_version_that_is_no_positive_number_is_garbled(version):
    """The latest version is a whole number from 1 on."""
    outcome, _ = asked(data(latest_version=version), lambda keys: keys.latest_version("aoba"))
    assert isinstance(outcome, Garbled)


def test_a_standby_that_sends_elsewhere_is_not_followed():
    """The host it names is not on the list: it hears nothing, and so no token."""
    with Peer(lambda _: [data(hmac=f"vault:v2:{TAG}")]) as elsewhere:
        outcome = hmac_of(answer("307 T", b"", f"Location: {elsewhere.origin}/v1/transit/hmac/ppid-aoba/sha2-256"))
        assert isinstance(outcome, Unreachable)
        assert (elsewhere.requests, elsewhere.connections) == ([], 0)


def test_one_address_is_asked_again_where_a_node_broke_off():
    """Behind one name the next connection may end at a node that lives; what must not be done twice is not."""
    replies = [[CLOSE], [data(hmac=f"vault:v2:{TAG}")], [CLOSE], [data(latest_version=1)]]
    with Peer(lambda _: replies.pop(0)) as peer:
        keys = VaultKeys(peer.origin, Token("t"), token_bytes=bytes, connect_seconds=10.0, read_seconds=10.0)
        assert keys.hmac_sha256("aoba", 2, b"m") == bytes(32)
        replies.insert(0, [data(latest_version=1)])  # read before it is rotated
        with pytest.raises(Unreachable):
            keys.rotate("aoba")
        assert len(peer.requests) == 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("400 B", Refused),
        ("404 N", Refused),
        ("405 M", Refused),
        ("412 P", Refused),
        ("429 T", Unreachable),
        ("500 I", Unreachable),
        ("501 N", Unreachable),
        ("503 S", Unreachable),
        ("307 T", Unreachable),
        ("201 C", Garbled),
    ],
)
def test_each_status_has_one_meaning(status, error):
    """4xx is a refusal; sealed, standby, uninitialised and busy are no answer."""
    outcome = hmac_of(answer(status, b'{"errors": ["x"]}', "Location: http://127.0.0.1:1/"))
    assert {kind for kind in (Refused, Unreachable, Garbled) if isinstance(outcome, kind)} == {error}


def test_a_refusal_repeats_nothing_of_the_answer():
    """Vault's own words, which may quote the request, do not go on."""
    assert "c2VjcmV0" not in str(hmac_of(answer("400 B", b'{"errors": ["bad input c2VjcmV0"]}')))


def test_a_policys_no_costs_one_login():
    """A 403 is met with one new login and one repetition, and then believed."""
    outcome, requests = asked(
        answer("403 F"), lambda keys: keys.hmac_sha256("aoba", 1, b"m"), identity=AppRole("r", "s")
    )
    assert isinstance(outcome, Refused)
    assert [request.line.split()[1].rpartition("/")[2] for request in requests] == ["login", "sha2-256"] * 2


def test_the_token_goes_with_each_request_and_the_credentials_only_to_the_login():
    """The login carries role and secret, everything after it the token alone."""
    _, requests = asked(
        data(hmac=f"vault:v1:{TAG}"),
        lambda keys: [keys.hmac_sha256("aoba", 1, b"m") for _ in range(2)],
        identity=AppRole("role-1", "secret-1", mount="approle-2"),
    )
    login, *others = requests
    assert login.line == "POST /v1/auth/approle-2/login HTTP/1.1"
    assert json.loads(login.body) == {"role_id": "role-1", "secret_id": "secret-1"}
    assert "x-vault-token" not in login.headers
    assert [request.headers["x-vault-token"] for request in others] == ["t-1", "t-1"]
    assert not any(b"secret-1" in request.body for request in others)


@pytest.mark.parametrize("token", ["", "a\r\nX-Evil: 1", "é", 5, None, ["t"]])
def test_a_token_of_another_form_is_garbled(token):
    """A token goes into a header: only printable ASCII is taken for one."""
    body = json.dumps({"auth": {"client_token": token}}).encode()
    with Peer(lambda _: [answer(body=body)]) as peer, pytest.raises(Garbled):
        VaultKeys(peer.origin, AppRole("r", "s"), token_bytes=bytes).hmac_sha256("aoba", 1, b"m")


def test_credentials_are_not_shown():
    """The text of an identity tells nothing of it."""
    shown = f"{AppRole('role-1', 'secret-1')!r}{Token('token-1')!r}"
    assert not any(word in shown for word in ("role-1", "secret-1", "token-1"))


def test_a_tenant_whose_id_ends_in_a_hyphen_has_a_name_transit_takes():
    """Transit's names end in a letter, digit or underscore; no two tenants share one."""
    lines = [
        asked(answer("404 N"), lambda keys, it=tenant: keys.latest_version(it))[1][0].line.split()[1]
        for tenant in ("aoba", "aoba-", "-")
    ]
    assert lines == [f"/v1/transit/keys/ppid-{name}" for name in ("aoba", "aoba-_", "-_")]
