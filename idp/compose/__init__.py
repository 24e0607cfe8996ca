"""The composition root: where concrete parts are chosen, and the one receiver of clock and randomness.

`custody` and `jlis` choose who is at the other end, `ground` lays what all parts stand on, `parts` (what answers
requests), `work` (what is done later) and `product` put the parts together, `world` is the sandbox.
"""

from idp.compose.backups import backup_source, restore_target, stated_settings
from idp.compose.custody import keys_of, new_keyfile
from idp.compose.jlis import (
    StatusSource,
    anchors_of,
    catalogue_of,
    named_certificates,
    responders,
    status_sources,
)
from idp.compose.product import Product, build
from idp.compose.world import Sandbox, clock, sandbox, software_card

__all__ = [
    "Product",
    "Sandbox",
    "StatusSource",
    "anchors_of",
    "backup_source",
    "build",
    "catalogue_of",
    "clock",
    "keys_of",
    "named_certificates",
    "new_keyfile",
    "responders",
    "restore_target",
    "sandbox",
    "software_card",
    "stated_settings",
    "status_sources",
]
