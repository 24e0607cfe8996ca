"""Encrypting answers to the key that their service has, by value or published, now (`idp/keys/encryption.py`).

The key is found before anything is spent: an answer that nobody could read costs the service nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from idp.keys.encryption import Answer, PublicKey, encrypted
from idp.oidc.clients.key_sets import KeySets
from idp.services import client_keys
from idp.tenants.tenancy import Client, Tenant

Seal = Callable[[str | bytes], str]
"""Makes of a JWT, or of claims in JSON, what leaves."""
_log = structlog.get_logger("idp.clients")


class NoKey(Exception):
    """The service publishes no key for what it has registered; the sentence names the algorithm."""


@dataclass(frozen=True, slots=True)
class Encrypting:
    """Over the keys of every service."""

    key_sets: KeySets

    def to(self, tenant: Tenant, client: Client, answer: Answer) -> Seal:
        """How that answer is sealed for the service; not at all where it has not registered that.

        The first of its keys that is for nothing else, else one that may be for it. Raises NoKey.
        """
        registered = client.encryptions.get(answer)
        if registered is None:
            return _as_it_is

        def chosen(keys: Sequence[PublicKey]) -> Sequence[PublicKey]:
            return client_keys.for_encryption(keys, registered.alg)

        found = self.key_sets.matching(tenant, client, chosen)
        if not found:
            _log.warning("client.no-encryption-key", client=client.client_id, answer=answer, alg=registered.alg)
            raise NoKey(f"the service publishes no key for {registered.alg}")
        return partial(encrypted, key=found[0], encryption=registered)


def _as_it_is(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode()
