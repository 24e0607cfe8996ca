"""What a consent page may show of name, address, date of birth and gender, by source and by terms."""

from collections.abc import Mapping

from idp.items import ITEMS
from idp.login.attribute_view import Stated, View, missing, of
from idp.services import claim_terms
from idp.sources.record import Read, Source

_HANAKO = {
    "name": "髙橋　花子",
    "address": "見本県青葉市見本町一丁目２－３",
    "birthdate": "19850615",
    "gender": "2",
}
_LESS = {"municipality_code": "990019", "age_over_18": "true", "age_over_65": "false"}
_BY_LAW = {
    "purpose": {"ja": "保育の必要性の認定のため", "en": "To decide on the need of day care"},
    "kept": {"ja": "卒園から5年", "en": "Five years after the last day"},
    "law": {"ja": "青葉市（見本）保育条例", "en": "Day Care Ordinance (sample)"},
    "article": {"ja": "第5条", "en": "Article 5"},
}
_BY_CHOICE = {"purpose": "割引の案内のため", "kept": "年度の終わりまで", "required": False}
STATED = Stated(
    claim_terms.read(
        {"name": _BY_LAW, "address": _BY_LAW} | dict.fromkeys(("age_over_65", "municipality_code"), _BY_CHOICE)
    ),
    agreed=("age_over_65",),
)
ALL_FOUR = of(Read(Source.SELF, _HANAKO), changed={"name", "address"})
ATTRIBUTES: Mapping[str, View | None] = {
    "at a counter": of(Read(Source.TERMINAL, {"birthdate": "19850600", "gender": "1"}), changed=set()),
    "little on the card": of(
        Read(Source.SELF, {"address": "", "birthdate": "19850000", "gender": "3"}), changed=set()
    ),
    "by the latest information": of(Read(Source.LATEST, {"name": "髙橋　花子"}), changed={"name"}),
    "by signature": of(Read(Source.SIGNATURE, {"name": "高橋　花子"}, ("name",)), changed=set()),
    "not read": missing(("name", "birthdate")),
    "by law, by choice, and less": of(
        Read(Source.SELF, {**_LESS, **_HANAKO}), changed={"address"}, stated=STATED, wanted=ITEMS
    ),
    "nothing to tell": of(Read(Source.SELF, dict.fromkeys(_LESS, "")), changed=set(), stated=STATED),
}
"""What a consent page may show of the card, by a name for the state."""
