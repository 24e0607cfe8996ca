"""One part of a batch: few sets, however its questions alternate, and answers where their questions were."""

from collections import Counter

from components.scale import scaled
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ports import CertificateKind
from idp.jpki.crl_reasons import BY_SEVERITY
from idp.store.crl_index.lists import Status, Verdict
from idp.verification import part, questions
from idp.verification.questions import Group

USER, SIGNATURE = CertificateKind
ISSUER, NOBODY = "11" * 20, "00" * 20
REVOKED = questions.pack_verdicts([Verdict(Status.REVOKED, BY_SEVERITY[0])])
NOT_LISTED = questions.pack_verdicts([Verdict(Status.NOT_LISTED)])
SERIALS = st.lists(st.sampled_from(["1", "2", "3", "4"]), min_size=1, max_size=4)
GROUPS = st.lists(
    st.builds(Group, st.sampled_from(CertificateKind), st.sampled_from([None, ISSUER, NOBODY]), SERIALS),
    min_size=1,
)


def said_of(kind, key_id, serial):
    """What is found out about one question."""
    if key_id == NOBODY:
        return questions.REFUSED
    return {"1": REVOKED, "2": questions.MISSING}.get(serial, NOT_LISTED if kind is USER else REVOKED)


def asked_by(sets):
    """Who is asked about sets, and notes them."""

    def ask(group):
        sets.append((group.kind, group.issuer_key_id))
        return b"".join(said_of(group.kind, group.issuer_key_id, serial) for serial in group.serials)

    return ask


@settings(max_examples=scaled(40, 1000), deadline=None)
@given(GROUPS)
def test_every_question_has_its_own_answer(groups):
    """As if each had been asked by itself; no set is asked twice; the counts are those of the answers."""
    sets = []
    answered = part.answer(groups, asked_by(sets))
    alone = [(g.kind, said_of(g.kind, g.issuer_key_id, serial)) for g in groups for serial in g.serials]
    assert answered.answers == b"".join(said for _, said in alone)
    assert len(sets) == len(set(sets)) == len({(g.kind, g.issuer_key_id) for g in groups})
    counted = Counter((kind, said != questions.MISSING) for kind, said in alone if said != questions.REFUSED)
    assert {key: count for key, count in answered.counts.items() if count} == counted


def test_alternating_questions_are_two_sets():
    """A part whose kind changes with every question is asked about twice."""
    sets = []
    groups = [Group(kind, None, [f"{n:x}"]) for n in range(1, 1001) for kind in (USER, SIGNATURE)]
    answered = part.answer(groups, asked_by(sets))
    assert sets == [(USER, None), (SIGNATURE, None)]
    assert answered.answers[:6] == REVOKED * 2 + questions.MISSING * 2 + NOT_LISTED + REVOKED
    assert sum(answered.counts.values()) == 2000
