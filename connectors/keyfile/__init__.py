"""Key custody without a key server: the `Keys` port on one encrypted local file.

Owns the file's format, its safe replacement and the keys inside. Refuses to invent the unlock key: that comes
from outside, so that a copy of the file alone opens nothing. Meant for one machine; production uses Vault.
"""

from connectors.keyfile.keys import KeyFile
from connectors.keyfile.unlock import read_unlock_key

__all__ = ["KeyFile", "read_unlock_key"]
