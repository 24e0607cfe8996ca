"""Whether who signed is the person whom a service knows by a `sub`: yes, no, and what nobody can say."""

from components import passwords, signed
from components.residents import sub_of
from components.signed import CONTENT


def test_whether_the_signer_is_the_person_of_a_sub(own_desk):
    """By J-LIS's tie: theirs, somebody else's, and one of whom nobody knows."""
    town = own_desk.town
    subs = {name: sub_of(town, own_desk.service, name) for name in ("hanako", "ichiro")}
    for signer, expected in (("hanako", True), ("ichiro", False)):
        document = signed.cms(own_desk.signer(signer))
        report = own_desk.verify("cms", document, CONTENT, sub=subs["hanako"])
        assert report["signatures"][0]["same_person"] is expected
        assert ("利用者本人です" in report["report"]) == expected
    unknown = signed.cms(own_desk.signer("kiyoshi"))
    assert own_desk.one("cms", unknown, CONTENT, sub=subs["hanako"])["same_person"] is None
    altered = own_desk.one("cms", signed.cms(own_desk.signer()), CONTENT + b"x", sub=subs["hanako"])
    assert altered["same_person"] is None
    assert own_desk.problem("cms", signed.cms(own_desk.signer()), CONTENT, sub="A" * 43) == "not_found"


def test_of_a_person_without_a_card_nobody_can_say(own_desk):
    """They may be the very one whose card is known here under another number."""
    town = own_desk.town
    sub_of(town, own_desk.service, "hanako")
    passwords.switch_on(town, "password")
    service = passwords.weak_service(town, scopes=("openid", "verify"), verify_purpose="申請を確かめるため")
    sign_in_id, first = passwords.by_staff(town)
    login = passwords.begin(town, service)
    entered = passwords.enter(town, login, sign_in_id, first, new=passwords.OTHER, again=passwords.OTHER)
    sub = passwords.claims(town, login, entered)["sub"]
    own = type(own_desk)(town, service)
    assert own.one("cms", signed.cms(own.signer()), CONTENT, sub=sub)["same_person"] is None
