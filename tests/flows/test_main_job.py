"""The main job from outside: a running `idp demo`, its ready file, and stock software."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from components.fapi_client import sign_in_strictly
from components.stock_client import CardRefused, begin, follow, link_of, sign_in, use_card


def test_every_service_receives_its_own_number(demo, tmp_path):
    """One resident: equal within the shared sector, different elsewhere, stable, and the same at UserInfo."""
    hanako, subs = demo.resident("hanako"), {}
    for tenant in demo.ready["tenants"]:
        for service in tenant["services"]:
            come = sign_in_strictly if service["profile"] == "fapi2" else sign_in
            signed_in = come(tenant, service, hanako, tmp_path)
            assert signed_in.userinfo["sub"] == signed_in.claims["sub"]
            assert signed_in.claims["acr"] == "aal3"
            assert signed_in.claims["revocation"]["method"] == "ocsp"
            assert signed_in.claims["sub"] == come(tenant, service, hanako, tmp_path).claims["sub"]
            subs.setdefault((tenant["id"], service["sector"]), set()).add(signed_in.claims["sub"])
    assert all(len(values) == 1 for values in subs.values())
    assert len(subs) == len(set.union(*subs.values())) == 4


@pytest.mark.parametrize(
    ("resident", "code"),
    [
        ("saburo", "certificate_expired"),
        ("shiro", "certificate_revoked"),
        ("goro", "certificate_not_yet_valid"),
    ],
)
def test_a_bad_card_is_refused_by_name(demo, tmp_path, resident, code):
    """The card program says which refusal it was; the card page explains it in words."""
    browser = requests.Session()
    _, _, _, page = begin(demo.tenant(), demo.service("library"), browser)
    with pytest.raises(CardRefused) as refused:
        use_card(link_of(page), demo.resident(resident), tmp_path)
    assert code == refused.value.answer["code"]
    state = browser.get(page.url, headers={"Accept": "application/json"}, timeout=10).json()
    assert {"state": "refused", "refusal": code} == state
    assert 'role="alert"' in browser.get(page.url, timeout=10).text


def test_a_blocked_card_never_asks_the_provider(demo, tmp_path):
    """The PIN is the card's business."""
    _, _, _, page = begin(demo.tenant(), demo.service("library"), requests.Session())
    with pytest.raises(CardRefused, match="blocked"):
        use_card(link_of(page), demo.resident("alex"), tmp_path)


def test_ocsp_out_and_back(demo, tmp_path):
    """Down with fresh lists: it works and says so; with stale lists: refused; back: as before."""
    library, hanako = demo.service("library"), demo.resident("hanako")
    demo.control(do="ocsp", mode="down")
    try:
        revocation = sign_in(demo.tenant(), library, hanako, tmp_path).claims["revocation"]
        assert (revocation["method"], revocation["fallback"]) == ("crl", True)
        demo.control(do="crl", mode="stale")
        with pytest.raises(CardRefused) as refused:
            sign_in(demo.tenant(), library, hanako, tmp_path)
        assert refused.value.answer["code"] == "evidence_too_old"
    finally:
        demo.control(do="crl", mode="fresh")
        demo.control(do="ocsp", mode="up")
    revocation = sign_in(demo.tenant(), library, hanako, tmp_path).claims["revocation"]
    assert (revocation["method"], revocation["fallback"]) == ("ocsp", False)


def test_the_return_link_belongs_to_its_browser(demo, tmp_path):
    """Another browser gets a page and does not use it up; the right one then completes, once."""
    browser = requests.Session()
    _, _, _, page = begin(demo.tenant(), demo.service("library"), browser)
    return_url = use_card(link_of(page), demo.resident("hanako"), tmp_path)["return_url"]
    stranger = requests.get(return_url, allow_redirects=False, timeout=10)
    assert (stranger.status_code, stranger.headers.get("Location")) == (403, None)
    assert "code=" in follow(browser, return_url)
    again = browser.get(return_url, allow_redirects=False, timeout=10)
    assert again.status_code in (403, 410)
    assert "Location" not in again.headers


def test_parallel_first_logins_of_one_person(demo, tmp_path):
    """Twenty at once, from outside: one number."""

    def one(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        return sign_in(demo.tenant(), demo.service("childcare"), demo.resident("ichiro"), folder).claims["sub"]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(one, range(20)))) == 1
