"""What `idp demo` sets up: two made-up municipalities and their services."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.agents.representation import KINDS
from idp.procedures.procedure import Way
from idp.registration import NewTenant
from idp.tenants.sign_in_methods import PASSKEY, PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProcedure:
    """What residents apply for at a service of the demo."""

    procedure_id: str
    way: Way
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoService:
    """A service of the demo. `sector_id` is fixed here only where services share a number.

    `attributes`: what it asks for beside the number; `claim_terms`: what it states about them. `profile`: what
    it may and must do; a service of the profile `fapi2` has a key of its own instead of a secret. `minimum_acr`,
    `methods`: ways of signing in. `agent_kinds`: which agents may sign in for somebody.
    """

    tenant_id: str
    service_id: str
    name_ja: str
    name_en: str
    purpose_ja: str
    purpose_en: str
    sector_id: str
    sector_purpose: str = ""
    profile: str = "standard"
    auth_method: str = "client_secret_basic"
    alg: str = "RS256"
    verify_purpose: str = ""
    attributes: tuple[str, ...] = ()
    minimum_acr: str = "aal2"
    methods: tuple[str, ...] = ()
    procedures: tuple[DemoProcedure, ...] = ()
    claim_terms: Mapping[str, object] = field(default_factory=dict)
    agent_kinds: tuple[str, ...] = ()


def tenants(base_url: str) -> tuple[NewTenant, ...]:
    """青葉市 and 若葉市, as path issuers of one server."""
    return (
        NewTenant(
            tenant_id="aoba",
            issuer=f"{base_url}/t/aoba",
            name_ja="青葉市（見本）",
            name_en="Aoba City (sample)",
            crest="青",
            contact="青葉市 市民課 電話 000-000-0000（平日 8時30分～17時15分）",
            sandbox=True,
        ),
        NewTenant(
            tenant_id="wakaba",
            issuer=f"{base_url}/t/wakaba",
            name_ja="若葉市（見本）",
            name_en="Wakaba City (sample)",
            crest="若",
            key_colour="#0b5c3b",
            contact="若葉市 市民課 電話 000-000-0000（平日 8時30分～17時15分）",
            sandbox=True,
        ),
    )


OFFICE = {
    "ja": {
        "desk": "市民課 1階2番窓口（見本）",
        "telephone": "000-000-0000",
        "hours": "平日 8時30分～17時15分",
        "bring": "マイナンバーカードと、運転免許証などご本人と分かるもの。代わりの方は、委任状もお持ちください。",
        "paper": "窓口に申請書があります。郵送の申込みも受け付けます。",
    },
    "ja-simple": {
        "desk": "市民課《しみんか》 1階《かい》2番窓口《ばんまどぐち》（見本《みほん》）",
        "hours": "月曜日《げつようび》から金曜日《きんようび》 8時《じ》30分《ぷん》～17時《じ》15分《ふん》",
        "bring": "マイナンバーカードと、あなただとわかるもの。ほかの人《ひと》は委任状《いにんじょう》も。",
        "paper": "窓口《まどぐち》に紙《かみ》があります。郵便《ゆうびん》でもできます。",
    },
    "en": {
        "desk": "Citizens' Section, 1st floor, window 2 (sample)",
        "hours": "Monday to Friday, 8:30 to 17:15",
        "bring": "Your My Number Card and another proof of who you are; for somebody else, a letter of attorney",
        "paper": "Forms are at the counter; applications by post are accepted.",
    },
}
"""Who helps in both municipalities, by language of the page."""

METHODS = {"aoba": (PASSKEY, PASSWORD), "wakaba": (PASSKEY, PASSWORD)}
"""Ways of signing in beside a certificate that each has switched on; services take passwords where they say so."""

_DAY_CARE = {
    "purpose": {"ja": "保育の必要性を認定するため", "en": "To decide whether day care is needed"},
    "kept": {"ja": "卒園から5年", "en": "Five years after the last day of day care"},
    "law": {"ja": "青葉市（見本）保育の認定に関する条例", "en": "Aoba City Ordinance on Day Care (sample)"},
    "article": {"ja": "第4条", "en": "Article 4"},
}
_STATISTICS = {"ja": "申込みの状況を数えるため", "en": "To count applications"}
MUNICIPALITIES = {"見本県青葉市": "990019", "見本県若葉市": "990027"}
"""Codes that no real municipality has, by how sample addresses begin."""

SERVICES = (
    DemoService(
        tenant_id="aoba",
        service_id="library",
        name_ja="青葉市立図書館 予約サービス",
        name_en="Aoba City Library",
        purpose_ja="本の予約と貸出状況の確認のため",
        purpose_en="To reserve books and see your loans",
        sector_id="library",
        verify_purpose="図書館カードの更新時に、電子証明書が有効であることを確かめるため",
        attributes=("name", "birthdate"),
    ),
    DemoService(
        tenant_id="aoba",
        service_id="childcare",
        name_ja="青葉市 子育て支援サービス",
        name_en="Aoba City Childcare",
        purpose_ja="保育所の申込みと通知のため",
        purpose_en="To apply for day care and receive notices",
        sector_id="family",
        sector_purpose="子育てと就学の手続を続けて行えるようにするため",
        auth_method="client_secret_post",
        agent_kinds=KINDS,
        attributes=("name", "address", "birthdate", "gender"),
        claim_terms={
            **dict.fromkeys(("name", "address", "birthdate"), _DAY_CARE),
            "gender": {"purpose": _STATISTICS, "kept": {"ja": "年度の終わりまで", "en": "Until the end of March"}},
        },
    ),
    DemoService(
        tenant_id="aoba",
        service_id="school",
        name_ja="青葉市 就学手続サービス",
        name_en="Aoba City School Enrolment",
        purpose_ja="小中学校の入学手続のため",
        purpose_en="To enrol a child in school",
        sector_id="family",
        sector_purpose="子育てと就学の手続を続けて行えるようにするため",
        alg="ES256",
        agent_kinds=KINDS,
    ),
    DemoService(
        tenant_id="wakaba",
        service_id="parking",
        name_ja="若葉市 駐輪場サービス",
        name_en="Wakaba City Bicycle Parking",
        purpose_ja="駐輪場の定期利用のため",
        purpose_en="To rent a bicycle parking space",
        sector_id="parking",
        verify_purpose="申請書の電子署名を確かめ、放置自転車の知らせを受け付けるため",
        minimum_acr="aal1",
        methods=(PASSWORD,),
        procedures=(
            DemoProcedure(
                procedure_id="renewal",
                way=Way.PASSWORD,
                name_ja="定期利用の更新",
                name_en="Renew a season permit",
            ),
            DemoProcedure(
                procedure_id="transfer",
                way=Way.COMBINED,
                name_ja="定期利用の名義変更",
                name_en="Transfer a season permit",
            ),
            DemoProcedure(
                procedure_id="refund",
                way=Way.SIGNATURE,
                name_ja="定期利用料の払戻し",
                name_en="Refund of a season permit",
            ),
            DemoProcedure(
                procedure_id="report",
                way=Way.ANONYMOUS,
                name_ja="放置自転車の知らせ",
                name_en="Report an abandoned bicycle",
            ),
        ),
    ),
    DemoService(
        tenant_id="aoba",
        service_id="medical",
        name_ja="青葉市 医療費助成サービス",
        name_en="Aoba City Medical Expense Support",
        purpose_ja="医療費の助成の申請のため",
        purpose_en="To apply for support with medical expenses",
        sector_id="medical",
        profile="fapi2",
        auth_method="private_key_jwt",
        alg="ES256",
        attributes=("name", "address", "birthdate"),
    ),
)
"""In this order they take their ports: one that joins later comes last, so that an older demo keeps its own."""
