"""A batch's questions: read, cut into parts in their order, packed and unpacked."""

import json

import pytest
from components.scale import scaled
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ports import CertificateKind
from idp.jpki.crl_reasons import BY_SEVERITY
from idp.store.crl_index.lists import Status, Verdict
from idp.verification import questions
from idp.verification.problems import ApiProblem
from idp.verification.questions import CSV_HEADER, Group

SERIALS = st.from_regex(r"[1-9a-f][0-9a-f]{0,39}", fullmatch=True)
KEY_IDS = st.none() | st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
GROUPS = st.lists(
    st.builds(Group, st.sampled_from(CertificateKind), KEY_IDS, st.lists(SERIALS, min_size=1, max_size=7)),
    min_size=1,
)

FEW = settings(max_examples=scaled(20, 500), deadline=None)


def flat(groups):
    """Every question by itself."""
    return [(group.kind, group.issuer_key_id, serial) for group in groups for serial in group.serials]


@FEW
@given(GROUPS, st.integers(1, 5))
def test_parts_hold_every_question_in_its_order(groups, size):
    """Full parts, and one that may be smaller."""
    cut = list(questions.parts(groups, size))
    assert [question for part in cut for question in flat(part)] == flat(groups)
    assert {len(flat(part)) for part in cut[:-1]} <= {size}
    assert 1 <= len(flat(cut[-1])) <= size


@FEW
@given(GROUPS)
def test_packing_loses_nothing(groups):
    """What is unpacked is what was packed."""
    assert flat(questions.unpack(questions.pack(groups))) == flat(groups)


@FEW
@given(GROUPS)
def test_json_and_csv_say_the_same(groups):
    """A list of groups, or a line for each question."""
    members = [{"kind": g.kind, "issuer_key_id": g.issuer_key_id, "serials": g.serials} for g in groups]
    lines = [CSV_HEADER, *(f"{kind},{serial},{key_id or ''}" for kind, key_id, serial in flat(groups))]
    assert flat(questions.from_json(json.dumps(members).encode())) == flat(groups)
    for end in ("\n", "\r\n"):
        assert flat(questions.from_csv(end.join(lines).encode())) == flat(groups)


def test_every_verdict_has_its_octet():
    """Every reason of a revocation among them; the answer for an untrusted issuer is none of them."""
    verdicts = [
        Verdict(Status.NOT_LISTED),
        Verdict(Status.EVIDENCE_MISSING),
        *(Verdict(Status.REVOKED, reason) for reason in BY_SEVERITY),
    ]
    packed = questions.pack_verdicts(verdicts)
    assert questions.unpack_verdicts(packed) == [(verdict.status, verdict.reason) for verdict in verdicts]
    assert questions.unpack_verdicts(questions.REFUSED) == [("refused", None)]


@pytest.mark.parametrize(
    ("read", "body", "code"),
    [
        (questions.from_json, b"[]", "malformed"),
        (questions.from_json, b"{}", "malformed"),
        (questions.from_json, b'{"kind":"user","serials":[]}', "malformed"),
        (questions.from_json, b'{"kind":"user","serials":["1a",1]}', "malformed"),
        (questions.from_json, b'{"kind":"user","serials":["01"]}', "malformed"),
        (questions.from_json, b'{"kind":"user","kind":"user","serials":["1"]}', "malformed"),
        (questions.from_json, b'[[{"kind":"user","serials":["1"]}]]', "malformed"),
        (questions.from_json, b"[" * 4000, "malformed"),
        (questions.from_json, b'{"kind":"user","serials":[NaN]}', "malformed"),
        (questions.from_json, b"\xff", "malformed"),
        (questions.from_csv, b"", "malformed"),
        (questions.from_csv, CSV_HEADER.encode(), "malformed"),
        (questions.from_csv, f"{CSV_HEADER}\nuser,1a".encode(), "malformed"),
        (questions.from_csv, f"{CSV_HEADER}\nuser,1A,".encode(), "malformed"),
        (questions.from_csv, f"{CSV_HEADER}\n\nuser,1a,".encode(), "malformed"),
        (questions.from_csv, f'{CSV_HEADER}\n"user",1a,'.encode(), "malformed"),
        (questions.from_csv, b"user,1a,", "malformed"),
    ],
)
def test_what_is_no_batch(read, body, code):
    """By a problem of ours."""
    with pytest.raises(ApiProblem) as refused:
        read(body)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("read", "body", "told"),
    [
        (questions.from_json, b"[" + b"[]," * 4000 + b"[]]", "groups"),
        (questions.from_json, b'{"kind":"user","x":' + b'{"":' * 4000, "groups"),
        (questions.from_json, b'{"kind":"user","serials":[' + b'"1",' * 1_008_000, "serial numbers"),
        (questions.from_csv, b"\n" * 1_000_002, "serial numbers"),
    ],
    ids=["lists", "objects", "values", "lines"],
)
def test_what_would_cost_memory_is_not_even_parsed(read, body, told):
    """None of these is well-formed, which nobody finds out."""
    with pytest.raises(ApiProblem) as refused:
        read(body)
    assert (refused.value.code, refused.value.detail.endswith(told)) == ("too_large", True)


def test_groups_have_their_limit_in_json(monkeypatch):
    """A CSV that alternates as often is a batch like any other."""
    monkeypatch.setattr(questions, "MAX_GROUPS", 2)
    members = [{"kind": kind, "serials": ["1"]} for kind in ("user", "signature", "user")]
    assert len(questions.from_json(json.dumps(members[:2]).encode())) == 2
    with pytest.raises(ApiProblem) as refused:
        questions.from_json(json.dumps(members).encode())
    assert (refused.value.code, refused.value.detail) == ("too_large", "more than 2 groups")
    lines = [CSV_HEADER, "user,1,", "signature,1,", "user,1,", "user,2,"]
    assert [group.serials for group in questions.from_csv("\n".join(lines).encode())] == [["1"], ["1"], ["1", "2"]]


def test_a_million_is_the_most(monkeypatch):
    """In one group, in many, and in lines."""
    monkeypatch.setattr(questions, "MAX_SERIALS", 3)
    group = {"kind": "user", "serials": ["1", "2"]}
    bodies = [
        (questions.from_json, json.dumps([group, group]).encode()),
        (questions.from_json, json.dumps([{"kind": "user", "serials": ["1"]}] * 4).encode()),
        (questions.from_csv, "\n".join([CSV_HEADER, *["user,1,"] * 4]).encode()),
    ]
    for read, body in bodies:
        with pytest.raises(ApiProblem) as refused:
            read(body)
        assert refused.value.code == "too_large"
