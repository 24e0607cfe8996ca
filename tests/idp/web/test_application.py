"""Requests take a shorter way than Flask's: the answers are those that Flask and Werkzeug give."""

import pytest
from flask import Flask, Response, make_response
from werkzeug.test import Client

from idp.web.application import Application
from idp.web.request import here

ODD = "https://service.test/ä?a=1|2"


def views(app):
    """The same views on any application."""

    @app.before_request
    def closed():
        from flask import request

        return make_response("closed", 403) if request.args.get("closed") else None

    @app.after_request
    def marked(response):
        response.headers["After"] = "yes"
        return response

    @app.errorhandler(LookupError)
    def missed(_error):
        return "missed", 404

    app.add_url_rule("/text", "text", lambda: "text", methods=["GET"])
    app.add_url_rule("/whole/<name>", "whole", lambda name: Response(f"{name}: 見本"), methods=["GET", "POST"])
    app.add_url_rule("/nothing", "nothing", lambda: Response(status=204))
    app.add_url_rule("/same", "same", lambda: Response("x", status=304, headers={"Content-Length": "1"}))
    app.add_url_rule("/away", "away", lambda: Response(status=303, headers={"Location": "/x?a=%C3%A4&b=1"}))
    app.add_url_rule("/odd", "odd", lambda: Response(status=303, headers={"Location": ODD}))
    app.add_url_rule("/place", "place", lambda: Response("x", headers={"Content-Location": ODD}))
    app.add_url_rule("/pieces", "pieces", lambda: Response(iter(["a", "b"])))
    app.add_url_rule("/missed", "missed", lambda: {}["nothing"])
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    app.url_map.merge_slashes = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


REQUESTS = [
    *[
        ("GET", path)
        for path in ("/text", "/whole/a", "/whole/%E8%A6%8B%2Fx", "/text?closed=1", "/nothing", "/same")
    ],
    *[
        ("GET", path)
        for path in ("/away", "/odd", "/place", "/pieces", "/missed", "/broken", "/nowhere", "//text")
    ],
    *[("HEAD", "/text"), ("HEAD", "/whole/a"), ("POST", "/whole/a"), ("POST", "/text"), ("OPTIONS", "/whole/a")],
    *[("DELETE", "/text"), ("GET", "/whole/"), ("GET", "/whole/a/b"), ("GET", "/")],
]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("root", ["", "/t/aoba"])
def test_answers_are_flasks(method, path, root):
    """Status, headers and body, whatever is asked."""
    ours, flasks = (
        Client(views(kind("views"))).open(path, method=method, base_url=f"https://idp.test{root}/")
        for kind in (Application, Flask)
    )
    assert (ours.status, ours.data) == (flasks.status, flasks.data)
    assert sorted(ours.headers.to_wsgi_list()) == sorted(flasks.headers.to_wsgi_list())


def test_nothing_is_put_where_every_request_would_find_it():
    """`flask.g` is one and the same for all."""
    from flask import g

    with Application("views").app_context(), pytest.raises(AttributeError):
        g.who = "somebody"


def test_nothing_is_kept_of_a_request():
    """Neither a context nor a session stands after an answer, or after a failure."""
    from flask import has_request_context, session

    app = views(Application("views"))
    for path in ("/text", "/broken"):
        Client(app).get(path)
        assert not has_request_context()
        with pytest.raises(LookupError):
            here()
    with app.test_request_context("/text"), pytest.raises(RuntimeError):
        session["who"] = "nobody"
