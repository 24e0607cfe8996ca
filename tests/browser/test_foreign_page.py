"""A page of another site can neither show ours in a frame nor fill in our forms: seen in a real browser."""

import re
import threading
from contextlib import contextmanager

from browser.conftest import Visit
from werkzeug.serving import make_server
from werkzeug.wrappers import Response


@contextmanager
def site(html: str):
    """Another site: one page at http://127.0.0.1, which is not http://localhost."""
    server = make_server("127.0.0.1", 0, Response(html, mimetype="text/html"))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_no_page_of_ours_is_shown_in_a_frame(visit: Visit) -> None:
    """The browser shows its own refusal instead of the card page."""
    visitor = visit()
    visitor.open_card_page("library")
    address = visitor.page.url
    with site(f'<h1>elsewhere</h1><iframe id="pane" src="{address}"></iframe>') as elsewhere:
        window = visitor.second_window(elsewhere)
        window.page.wait_for_load_state("networkidle")
        frame = window.page.frames[1]
        assert window.heading == "elsewhere"
        assert frame.url.startswith("chrome-error://")
        assert frame.locator("#card-tray").count() == 0
    assert visitor.page.locator("#card-tray").count() == 1


def test_consent_that_another_site_s_form_sends_is_not_given(visit: Visit) -> None:
    """Even with the form's own values, which that site cannot read: the person has decided nothing."""
    visitor = visit()
    visitor.open_card_page("library")
    visitor.read_card("hinata")
    visitor.page.wait_for_selector("#consent")
    address, form = visitor.page.url, visitor.page.locator("#consent").inner_html()
    hidden = "".join(re.findall(r"<input[^>]*>", form))
    stolen = (
        f'<form method="post" action="{address}">{hidden}<button name="decision" value="allow">win</button></form>'
    )
    with site(stolen) as elsewhere:
        window = visitor.second_window(elsewhere)
        with window.page.expect_response(address) as answered:
            window.page.click("button")
        assert answered.value.status == 403
    visitor.page.reload()
    visitor.consent()
    assert visitor.number()
