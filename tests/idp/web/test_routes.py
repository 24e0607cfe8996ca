"""Plain paths are found in tables: with the rule and the values that Werkzeug finds."""

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from idp.web.routes import Routes

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW")


def by_werkzeug(app, method, path):
    """What Werkzeug finds, None where it refuses."""
    try:
        return app.url_map.bind("idp.test").match(path, method, return_rule=True)
    except HTTPException:
        return None


def paths_like(rule):
    """Paths that the rule serves, and some next to them."""
    parts = ["x%y" if part.startswith("<") else part for part in rule.split("/")]
    path = "/".join(parts)
    twice = [f"{path}/", f"{path}/x", path.rpartition("/")[0] or "/", path.replace("x%y", "")]
    others = [path.replace("x%y", value) for value in ("見本", "a.b", "proof", "\n", "<handle>", " ")]
    swapped = ["/".join(["", *parts[2:], parts[1]])] if len(parts) > 2 else []
    return [path, *twice, *others, *swapped]


def test_every_path_of_the_product_is_found_as_werkzeug_finds_it(shared_town):
    """By every method; nearly all of them without Werkzeug."""
    app = shared_town.product.app
    routes = Routes(app.url_map.iter_rules())
    met = set()
    for rule in app.url_map.iter_rules():
        for path in paths_like(rule.rule):
            for method in METHODS:
                if (found := routes.find(method, path)) is not None:
                    assert found == by_werkzeug(app, method, path), (method, path)
                    met.add(found[0].endpoint)
    assert {"authorize", "token", "card_page", "proof"} < met


@pytest.mark.parametrize("rule", ["/my/<int:number>", "/my/services/<name>", "/my/<path:rest>", "/my/<a>/<b>"])
def test_where_variables_stand_elsewhere_nothing_is_found_in_their_place(rule):
    """Which rule goes before which is Werkzeug's to say."""
    app = Flask("routes")
    app.add_url_rule("/my/<name>/data", "data", lambda: "")
    assert Routes(app.url_map.iter_rules()).find("GET", "/my/services/data")
    app.add_url_rule(rule, "other", lambda: "")
    assert Routes(app.url_map.iter_rules()).find("GET", "/my/services/data") is None
