"""What services state about items: one form, read strictly."""

import pytest

from idp.services.claim_terms import TermsRefused, read, said, stored

WHOLE = {
    "name": {"purpose": {"ja": "本人の確認", "en": "To know who you are"}, "kept": "1年", "required": True},
    "age_over_65": {"purpose": "割引", "kept": {"ja": "年度末まで"}, "required": False},
    "address": {"purpose": "案内の送付", "kept": "5年", "law": "見本条例", "article": "第5条"},
}


def test_terms_are_read_as_they_were_stated():
    """A bare text is Japanese, which stands in for English; what a law asks for is required."""
    terms = read(WHOLE)
    assert list(terms) == ["name", "address", "age_over_65"]
    assert said(terms["name"].purpose, "en") == "To know who you are"
    assert said(terms["address"].law, "en") == "見本条例"
    assert [(one.required, one.by_law) for one in terms.values()] == [(True, False), (True, True), (False, False)]
    assert read(stored(terms)) == terms


def test_other_terms_have_another_digest():
    """Whatever of it changes, who agreed to the terms before is asked anew."""
    usual = {"purpose": "割引", "kept": "1年"}
    others = [{"purpose": "統計"}, {"kept": "2年"}, {"required": False}, {"law": "見本条例", "article": "第5条"}]
    digests = {read({"name": {**usual, **other}})["name"].digest() for other in ({}, *others)}
    assert len(digests) == 5


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ([], "is an object"),
        ({"blood_type": {}}, "names items"),
        ({"name": "本人の確認"}, "is an object of"),
        ({"name": {"purpose": "x", "kept": "y", "why": "z"}}, "is an object of"),
        ({"name": {"purpose": "x"}}, "how long it is kept"),
        ({"name": {"purpose": " ", "kept": "y"}}, "a text in ja"),
        ({"name": {"purpose": {"en": "x"}, "kept": "y"}}, "a text in ja"),
        ({"name": {"purpose": {"ja": 1}, "kept": "y"}}, "a text in ja"),
        ({"name": {"purpose": "x", "kept": "y", "law": "z"}}, "law and its article"),
        ({"name": {"purpose": "x", "kept": "y", "required": "no"}}, "true or false"),
        ({"name": {"purpose": "x", "kept": "y", "law": "z", "article": "1", "required": False}}, "is required"),
    ],
)
def test_what_is_not_whole_is_refused(terms, why):
    """The sentence says which member."""
    with pytest.raises(TermsRefused, match=why):
        read(terms)
