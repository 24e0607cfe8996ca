"""What the service's own computer asks of the provider, without a browser: pushed requests, verification API.

It authenticates by its secret; RFC 9126 (pushed requests), RFC 6749 section 4.4 (a token for itself).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

_SECONDS = 20
_SCOPE = "verify"


class NotTaken(Exception):
    """The provider refused; `code` as it stands in its answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A service's computer. `by_body`: whether the secret goes into the form and not into a header.

    `ca_file`: who vouches for the provider's certificate; None for the system's authorities.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    by_body: bool
    ca_file: str | None

    def pushed(self, parameters: Mapping[str, str]) -> str:
        """Push a request: the address to which the browser goes on.

        Raises NotTaken, and requests.RequestException where nobody answers.
        """
        metadata = self._metadata()
        answer = self._sent(metadata["pushed_authorization_request_endpoint"], parameters)
        named = {"client_id": self.client_id, "request_uri": answer["request_uri"]}
        return f"{metadata['authorization_endpoint']}?{urlencode(named)}"

    def call(self, path: str, body: Mapping[str, object], *, once: str | None = None) -> Mapping[str, Any]:
        """Ask the verification API. `once`: its Idempotency-Key, where the same is not to be done twice.

        Raises NotTaken, and requests.RequestException where nobody answers.
        """
        asked = {"grant_type": "client_credentials", "scope": _SCOPE}
        token = self._sent(self._metadata()["token_endpoint"], asked)["access_token"]
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": once} if once else {})}
        url = f"{self.issuer}/api/v1{path}"
        answer = requests.post(url, json=body, headers=headers, timeout=_SECONDS, verify=self.ca_file or True)
        return _read(answer)

    def _metadata(self) -> Mapping[str, Any]:
        url = f"{self.issuer}/.well-known/openid-configuration"
        return _read(requests.get(url, timeout=_SECONDS, verify=self.ca_file or True))

    def _sent(self, url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        named = {"client_id": self.client_id, "client_secret": self.client_secret} if self.by_body else {}
        basic = None if self.by_body else (self.client_id, self.client_secret)
        return _read(
            requests.post(url, data={**form, **named}, auth=basic, timeout=_SECONDS, verify=self.ca_file or True)
        )


def _read(answer: requests.Response) -> Mapping[str, Any]:
    if answer.status_code >= requests.codes.server_error:
        answer.raise_for_status()
    said: Mapping[str, Any] = answer.json()
    if answer.status_code >= requests.codes.bad_request:
        raise NotTaken(str(said.get("code") or said.get("error") or answer.status_code))
    return said
