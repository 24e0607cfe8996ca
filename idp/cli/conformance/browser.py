"""What the suite's scripted browser does on our pages, in the suite's own words. Pure.

Each task names the address at which it is done; one that is optional is passed over elsewhere, so that the same
list serves whoever must show a card and whoever is signed in already, and ends at the suite or on a page of ours.
The pages are plain links and forms, and no script is needed. Where the suite is, is named from the scheme on: it
writes the redirect URI into an authorization request as it is, where a pattern with a star in front would find it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from idp.cli.conformance.clients import ALIAS, SUITES

Visit = dict[str, Any]
_PAUSE = 10
_ANYTHING = r"\S"
_SHOWN = ["wait", "xpath", "//*", _PAUSE, _ANYTHING, "update-image-placeholder-optional"]
"""The page as it is becomes the picture that a module asks for, if it asks for one."""
_AGREE = "//button[@value='allow']"
_CONSENT_SHOWN = ["wait", "xpath", _AGREE, _PAUSE, _ANYTHING, "update-image-placeholder-optional"]
_OF_CONSENT = ("oidcc-registration-policy-uri", "oidcc-registration-tos-uri")
"""Modules whose picture is that of the page where the service's own pages are linked."""
_FAPI = "fapi2-security-profile-final-"


def visits(issuer: str, tray: str, *, resident: str, pin: str) -> list[Visit]:
    """Of every module that is not told otherwise: signing in with a resident's sample card, and logging out."""
    return [_login(issuer, tray, resident=resident, pin=pin), _logout(issuer)]


def overrides(issuer: str, tray: str, *, resident: str, pin: str) -> Mapping[str, Mapping[str, list[Visit]]]:
    """Of the modules in which a person would do something else."""
    usual = visits(issuer, tray, resident=resident, pin=pin)
    card_page = f"{issuer}/*"
    look = _task("Look at the page and leave it", card_page, [["wait", "id", "card-tray", _PAUSE]])
    leave = _task("Go back without signing in", card_page, [["click", "css", ".leave a"]])
    first = {"match": f"{issuer}/authorize*", "match-limit": 1, "tasks": [look]}
    declines = {"match": f"{issuer}/authorize*", "tasks": [leave, *_received()]}
    consents = _login(issuer, tray, resident=resident, pin=pin, shown=_CONSENT_SHOWN)
    return {
        **{module: {"browser": [consents]} for module in _OF_CONSENT},
        f"{_FAPI}user-rejects-authentication": {"browser": [declines]},
        f"{_FAPI}par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": {"browser": [first, *usual]},
    }


def _login(issuer: str, tray: str, *, resident: str, pin: str, shown: list[Any] | None = None) -> Visit:
    """`shown`: takes the picture on the consent page, where it is not the first page's."""
    card_page = f"{issuer}/*"  # at the request's address, or with scripts at its own
    first, asked = ([], [shown]) if shown else ([_SHOWN], [])
    return {
        "match": f"{issuer}/authorize*",
        "tasks": [
            _task(
                "Choose a sample card",
                card_page,
                [*first, ["click", "id", "card-tray", "optional"]],
                optional=True,
            ),
            _task("Whose card", f"{tray}/?*", [["click", "id", f"card-{resident}"]], optional=True),
            _task(
                "Its PIN",
                f"{tray}/card/*",
                [["text", "name", "pin", pin], ["click", "id", "sign"]],
                optional=True,
            ),
            _task("Back to the login", f"{tray}/card/*", [["click", "id", "go-on", "optional"]], optional=True),
            _task(
                "Agree",
                f"{issuer}/login/*",
                [*asked, ["click", "xpath", _AGREE, "optional"]],
                optional=True,
            ),
            _task("A page of ours", f"{issuer}/*", [_SHOWN, ["click", "id", "go-on", "optional"]], optional=True),
            *_received(),
        ],
    }


def _logout(issuer: str) -> Visit:
    return {
        "match": f"{issuer}/logout*",
        "tasks": [
            _task(
                "Log out",
                f"{issuer}/logout*",
                [["click", "xpath", "//button[@value='leave']", "optional"]],
                optional=True,
            ),
            _task("A page of ours", f"{issuer}/*", [_SHOWN, ["click", "id", "back", "optional"]], optional=True),
            *_at_suite("Logged out", "post_logout_redirect", []),
        ],
    }


def _received() -> Iterable[Mapping[str, Any]]:
    """The suite's own page, whose script tells it what came in the address."""
    return _at_suite("Received", "callback", [["wait", "id", "submission_complete", _PAUSE]])


def _at_suite(name: str, place: str, commands: list[list[Any]]) -> Iterable[Mapping[str, Any]]:
    return [_task(name, f"{suite}/test/a/{ALIAS}/{place}*", commands, optional=True) for suite in SUITES]


def _task(name: str, match: str, commands: list[list[Any]], *, optional: bool = False) -> Mapping[str, Any]:
    task: dict[str, Any] = {"task": name, "match": match}
    return task | ({"optional": True} if optional else {}) | ({"commands": commands} if commands else {})
