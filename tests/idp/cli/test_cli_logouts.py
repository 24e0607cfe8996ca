"""`idp service create|change|show|logouts` about logging out, and how far one login reaches at a tenant."""

from urllib.parse import parse_qs, urlsplit

from idp.login.sign_out import SignOut

BACK, FRONT, BYE = (f"http://127.0.0.1:8901/{name}" for name in ("back", "front", "bye"))
OPTIONS = (
    "--post-logout-redirect-uri",
    BYE,
    "--backchannel-logout-uri",
    BACK,
    "--backchannel-logout-session-required",
    "--frontchannel-logout-uri",
    FRONT,
)
AT_AOBA = ("--tenant", "aoba", "--json")


def test_channels_are_registered_shown_and_changed(idp):
    """At creation and afterwards; an empty URI takes a channel away, with what belonged to it."""
    wish = ("--name-ja", "窓", "--redirect-uri", "http://127.0.0.1:8901/w")
    assert idp("service", "create", "desk", *AT_AOBA, *wish, *OPTIONS).code == 0
    shown = idp("service", "show", "desk", *AT_AOBA).json
    assert shown["post_logout_redirect_uris"] == [BYE]
    assert (shown["backchannel_logout_uri"], shown["frontchannel_logout_uri"]) == (BACK, FRONT)
    changed = idp("service", "change", "desk", *AT_AOBA, "--backchannel-logout-uri", "").json
    assert (changed["backchannel_logout_uri"] or None, changed["frontchannel_logout_uri"]) == (None, FRONT)
    elsewhere = idp("service", "change", "desk", *AT_AOBA, "--frontchannel-logout-uri", "https://other.example/")
    assert (elsewhere.code, "origin of a redirect URI" in elsewhere.error) == (1, True)


def test_deliveries_are_listed_and_name_nobody(idp, aoba):
    """One line for each session that ended: when, how far the service was told, how often it was tried."""
    assert (
        idp("service", "change", "library", *AT_AOBA, "--backchannel-logout-uri", "http://127.0.0.1:9/x").code == 0
    )
    aoba.product.directory.refresh()
    browser = aoba.browser()
    login, url = aoba.come(aoba.library, browser)
    tokens = aoba.redeem(parse_qs(urlsplit(url).query)["code"][0], login).json
    assert idp("service", "logouts", "library", *AT_AOBA).json == []
    transaction_id = login.page_url.rpartition("/")[2]
    tenant = aoba.product.directory.tenant("aoba")
    worker = SignOut(
        store=aoba.product.store,
        outbox=aoba.product.events.outbox,
        auditor=aoba.product.service_changes.auditor,
        now=aoba.clock,
        token_bytes=bytes,
        delay_seconds=0,
    )
    worker.run(tenant, [transaction_id], sector_id="")
    aoba.product.worker.once()
    (row,) = idp("service", "logouts", "library", *AT_AOBA).json
    assert (row["told"], row["told_at"], row["attempts"]) == ("waiting", None, 1)
    assert "did not answer" in row["problem"]
    assert tokens["id_token"] not in str(row)
    assert set(row) == {"ended_at", "told", "told_at", "attempts", "problem"}


def test_a_login_may_go_on_in_every_sector(idp):
    """Off at first; the command says what that costs."""
    settings = ("tenant", "settings", "aoba", "--json")
    assert idp(*settings).json["single_sign_on_everywhere"] is False
    assert idp(*settings, "--single-sign-on-everywhere").json["single_sign_on_everywhere"] is True
    assert idp(*settings, "--card-host", "").json["single_sign_on_everywhere"] is True
    assert idp(*settings, "--no-single-sign-on-everywhere").json["single_sign_on_everywhere"] is False
