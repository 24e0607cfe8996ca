"""Pages of which all but a few values are kept: what comes out is what would be rendered anew."""

from components.page_states import LANGUAGE_LINKS, RETURN, TENANT, every_state

from idp.login.card_page import LINKS
from idp.pages.frames import KEPT
from idp.pages.render import Pages

ODD = ('https://a.test/?a=1&b="2"\'<3>', "見本 {0} | %s")
"""Two links with whatever a link may hold, and more."""


def rendered(pages, template, context, **more):
    """A page in Japanese, with furigana and a switch of them."""
    return pages.render(template, language="ja", tenant=TENANT, language_links=LANGUAGE_LINKS, **context, **more)


def test_a_kept_page_is_the_page(pages):
    """Card pages in every state, the page that leads to the service: with these links, and then with those."""
    met = 0
    for _, template, told in every_state():
        fresh = {"card.html": LINKS, "return.html": ("url",)}.get(template)
        if fresh is None:
            continue
        context = {"own_url": "https://town.test/login/x", **told}
        for odd in (*ODD, ODD[0]):
            links = {name: odd + name for name in fresh if context[name]}
            anew = rendered(pages, template, {**context, **links}, reference=odd)
            assert rendered(pages, template, {**context, **links}, reference=odd, fresh=fresh) == anew
            met += 1
    assert met > 100


def test_what_is_kept_holds_no_link(pages):
    """Of a login whose code is in its URL nothing stays."""
    secret = "https://service.test/?code=a-code-that-nobody-may-keep"
    page = rendered(pages, "return.html", {**RETURN, "url": secret}, fresh=("url",))
    assert secret in page
    assert not any("a-code-that-nobody-may-keep" in str(kept) for kept in pages._frames._kept.items())


def test_so_many_pages_are_kept_and_no_more():
    """Those shown longest ago go first."""
    pages = Pages()
    for number in range(KEPT + 5):
        rendered(pages, "return.html", {**RETURN, "service_name": f"service {number}"}, fresh=("url",))
    names = [dict(key[2])["service_name"] for key in pages._frames._kept]
    assert (len(names), names[0]) == (KEPT, "service 5")
