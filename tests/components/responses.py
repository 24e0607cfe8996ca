"""Authorization requests without a card, and the answer as a service receives it by each way."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from components.town import BASE_URL, REDIRECT_URI


def posted(answer):
    """Where a page's form goes, and its fields as a browser sends them."""
    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    form = re.search(r'<form id="form-post" method="post" action="([^"]+)">(.*?)</form>', answer.text, re.S)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2])
    return unescape(form[1]), {name: unescape(value) for name, value in fields}


def redirected(answer):
    """Where a redirect goes, and what stands in its query."""
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["Location"])
    query = {name: value for name, [value] in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", query


def authorize(town, service, browser=None, **parameters):
    """An authorization request; by default a right one, of a browser that nobody has used."""
    query = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
    }
    query = {name: value for name, value in {**query, **parameters}.items() if value is not None}
    return (browser or town.browser()).get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
