"""A time stamping authority that a town may trust."""

import datetime as dt

from components.signed import Signer
from components.signers import load, of_root
from components.tiers import Authority
from cryptography import x509

DAY = dt.timedelta(days=1)


def clock(desk, folder, *, trusted=True, life=None) -> Signer:
    """A time stamping authority; `trusted`: by the town, with a list that is good for a month."""
    root = Authority("Trial Clock", desk.town.clock().replace(microsecond=0)).root()
    usage = {"purposes": (x509.ExtendedKeyUsageOID.TIME_STAMPING,), "critical": True}
    found = of_root(root, folder, **usage, **({} if life is None else {"life": life}))
    if trusted:
        load(desk.town, "timestamp", root)
        trust, tenant = desk.town.product.trust, desk.town.product.directory.tenant("aoba")
        trust.lists.load(tenant, "timestamp", root.crl(number=2, life=30 * DAY))
    return found
