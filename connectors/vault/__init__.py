"""Key custody in HashiCorp Vault or OpenBao: the `Keys` port on the Transit engine.

Owns two identities at one Vault: one that uses keys, one that makes them. No key ever comes here; what comes is
the result of using it. Policies: `deploy/vault`.
"""

from connectors.vault.identity import AppRole, Token, WrappedSecretId, WrappedSecretSpent
from connectors.vault.transit import VaultKeys

__all__ = ["AppRole", "Token", "VaultKeys", "WrappedSecretId", "WrappedSecretSpent"]
