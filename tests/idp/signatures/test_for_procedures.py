"""A signed document judged for a procedure: whose signature counts, what is lacking, and the two numbers."""

import pytest
from components import signed
from components.passwords import switch_on
from components.receipts import PAGE, ask, procedure
from components.residents import sub_of
from components.signed import CONTENT
from components.signers import load, of_root
from components.tiers import Authority

from idp.procedures.procedure import Way
from idp.procedures.register import Change
from idp.registration import NotAllowed
from idp.signatures.kinds import Kind
from idp.verification import signature_shapes as shapes


@pytest.fixture(scope="module")
def counter(desk):
    """The service with procedures of several ways; residents sign at all of them but the tender."""
    switch_on(desk.town, "password")
    procedure(desk.town, desk.service, "transfer", Way.SIGNATURE, name_ja="名義の変更")
    procedure(desk.town, desk.service, "tender", Way.SIGNATURE, signers=(Kind.COMMERCIAL_REGISTRATION,))
    procedure(desk.town, desk.service, "pension", Way.COMBINED)
    procedure(desk.town, desk.service, "form", Way.PASSWORD)
    procedure(desk.town, desk.service, "shut", Way.SIGNATURE, open=False)
    return desk


@pytest.fixture(scope="module")
def others(counter, tmp_path_factory):
    """A company's representative and a post of the municipality, each of an authority that the town trusts."""
    made = {}
    for kind in (Kind.COMMERCIAL_REGISTRATION, Kind.LGPKI):
        root = Authority(f"Trial {kind}", counter.town.clock().replace(microsecond=0)).root()
        load(counter.town, kind, root)
        made[kind] = of_root(root, tmp_path_factory.mktemp("signers"))
    return made


def judged(counter, signer, procedure_id, **more):
    """What the procedure makes of a document that somebody signed, with the whole report."""
    report = counter.verify("cms", signed.cms(signer), CONTENT, procedure=procedure_id, **more)
    shapes.SignatureAnswer.model_validate(report)
    return report["procedure"], report


def test_an_application_that_lacks_nothing_says_so(counter):
    """With the procedure's name and way; numbers come only to who wants them."""
    found, report = judged(counter, counter.signer(), "transfer")
    assert found == {
        "id": "transfer", "name": "名義の変更", "way": "signature", "part": "application",
        "signers": ["jpki-signature"], "satisfied": True, "lacks": [], "receipt": None,
    }  # fmt: skip
    assert report["report"].startswith("手続「名義の変更」：署名について、求めているものはそろっています。")


def test_the_two_numbers_come_with_the_report_and_open_the_residents_page(counter):
    """Way 3 without a login: handed in, verified, numbered; then the service says how far it is."""
    found, report = judged(counter, counter.signer(), "transfer", receipt=True)
    receipt = found["receipt"]
    assert receipt["state"] == "received"
    assert "名義の変更" in ask(counter.town, receipt, PAGE, language="ja").text
    assert receipt["inquiry_number"] not in report["report"]
    told = counter.post("/receipts/state", {"arrival_number": receipt["arrival_number"], "state": "completed"})
    assert told.status_code == 200
    assert "It is done" in ask(counter.town, receipt, PAGE).text


def test_nothing_is_numbered_that_lacks_something(counter):
    """What was altered after it was signed is refused, and gets no numbers."""
    document = signed.cms(counter.signer())
    report = counter.verify("cms", document, CONTENT + b"x", procedure="transfer", receipt=True)
    assert (report["valid"], report["procedure"]["lacks"]) == (False, ["signature"])
    assert report["procedure"]["receipt"] is None
    assert "次のものが足りません。\n　信頼できる署名" in report["report"]


def test_a_good_signature_of_another_kind_is_told_from_an_untrusted_one(counter, others, tmp_path):
    """A company at the residents' procedure and a resident at the companies' are; nobody's is no signature."""
    company = others[Kind.COMMERCIAL_REGISTRATION]
    for signer, where in ((company, "transfer"), (counter.signer(), "tender"), (others[Kind.LGPKI], "tender")):
        found, report = judged(counter, signer, where)
        assert (found["satisfied"], found["lacks"]) == (False, ["signer_kind"])
        assert report["signatures"][0]["code"] == "certificate_wrong_kind"
    found, _ = judged(counter, company, "tender")
    assert (found["satisfied"], found["signers"]) == (True, ["commercial-registration"])
    nobody = of_root(Authority("Nobody", counter.town.clock().replace(microsecond=0)).root(), tmp_path)
    assert judged(counter, nobody, "tender")[0]["lacks"] == ["signature"]


def test_the_combined_way_wants_the_signature_of_who_signed_in(counter):
    """The person of `sub`; without one, or of another, the report says what is lacking."""
    own, other = (sub_of(counter.town, counter.service, name) for name in ("hanako", "ichiro"))
    assert judged(counter, counter.signer(), "pension", sub=own)[0]["satisfied"]
    for more in ({"sub": other}, {}):
        found, report = judged(counter, counter.signer(), "pension", **more)
        assert found["lacks"] == ["same_person"]
        assert "利用者本人による署名であることの確認" in report["report"]


def test_a_reply_is_signed_by_a_post(counter, others):
    """Of any way, a closed one too: 職責証明書 and nothing else."""
    for where in ("form", "shut", "pension"):
        found, report = judged(counter, others[Kind.LGPKI], where, part="reply")
        assert (found["satisfied"], found["part"], found["signers"]) == (True, "reply", ["lgpki"])
        assert report["signatures"][0]["stands_for"] == "post"
    assert judged(counter, counter.signer(), "form", part="reply")[0]["lacks"] == ["signer_kind"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"procedure": "unheard-of"}, "procedure_refused"),
        ({"procedure": "form"}, "procedure_refused"),
        ({"procedure": "shut", "receipt": True}, "procedure_refused"),
        ({"procedure": "pension", "receipt": True}, "procedure_refused"),
        ({"procedure": "transfer", "receipt": True, "part": "reply"}, "procedure_refused"),
        ({"procedure": "transfer", "accept": ["lgpki"]}, "malformed"),
        ({"receipt": True}, "malformed"),
        ({"part": "reply"}, "malformed"),
        ({"procedure": "Upper"}, "malformed"),
    ],
)
def test_what_cannot_be_judged_for_a_procedure_is_refused(counter, members, code):
    """Before anybody is asked about a certificate."""
    answer = counter.ask("cms", b"MIAG", **members)
    assert (answer.status_code, answer.json["code"]) == ({"malformed": 400}.get(code, 403), code)


def test_a_closed_procedure_still_judges_what_came_in_before(counter):
    """It is only new applications that it takes no more."""
    assert judged(counter, counter.signer(), "shut")[0]["satisfied"]


def test_no_numbers_without_a_signature_where_one_is_wanted(counter):
    """`/receipts/create` is of the anonymous way alone."""
    answer = counter.post("/receipts/create", {"procedure": "transfer"})
    assert (answer.status_code, answer.json["code"]) == (403, "procedure_refused")


@pytest.mark.parametrize(
    ("way", "wishes"),
    [
        (Way.SIGNATURE, {"signers": ()}),
        (Way.PASSWORD, {"signers": (Kind.LGPKI,)}),
        (Way.COMBINED, {"signers": (Kind.JPKI, Kind.ACCREDITED)}),
        (Way.SIGNATURE, {"signers": (Kind.COMMERCIAL_REGISTRATION,), "signed_application": True}),
        (Way.PASSWORD, {"receipt_days": 10}),
    ],
)
def test_signers_that_a_way_cannot_have_are_refused(counter, way, wishes):
    """Nobody, where nobody signs, others than who signs in, and a demand that no login could meet."""
    with pytest.raises(NotAllowed):
        procedure(counter.town, counter.service, "impossible", way, **wishes)


def test_signers_are_changed_and_go_with_their_way(counter):
    """Another way takes residents' signatures again; the kinds stand once each, as they were given."""
    of = counter.town.product.directory.tenant("aoba")
    client, acts = of.clients[counter.service.client_id], counter.town.product.service_acts.procedures
    twice = (Kind.ACCREDITED, Kind.JPKI, Kind.ACCREDITED)
    made = procedure(counter.town, counter.service, "changed", Way.SIGNATURE, signers=twice, receipt_days=9)
    assert (made.signers, made.receipt_days) == ((Kind.ACCREDITED, Kind.JPKI), 9)
    assert acts.change(of, client, "changed", Change(name_en="Other")).signers == made.signers
    moved = acts.change(of, client, "changed", Change(way=Way.PASSWORD))
    assert (moved.signers, moved.receipt_days) == ((Kind.JPKI,), 366)
