"""One path made and judged in one call: what the path tests share."""

from cryptography import x509
from vectors.hierarchy import NOW, Entity, issue, root
from vectors.validate import validate


def verdict(leaf: Entity, pool=(), anchors=(), policy=None, at=NOW) -> str:
    chain = [leaf.der, *(entity.der for entity in pool)]
    return validate(chain, at, [anchor.der for anchor in anchors], [], [], policy)["reason"]


def one_tier(*, policy=None, ca_settings=None, **leaf_settings) -> str:
    anchor = root(**(ca_settings or {}))
    return verdict(anchor.issue("leaf", **leaf_settings), anchors=[anchor], policy=policy)


def two_tiers(*, policy=None, leaf=None, top=None, **middle_settings) -> str:
    anchor = root(**(top or {}))
    middle = issue("middle", issuer=anchor, **{"ca": True, **middle_settings})
    return verdict(middle.issue("leaf", **(leaf or {})), [middle], [anchor], policy)


def constrained(permitted=None, excluded=None, *, critical=True) -> dict:
    return {"extensions": [(x509.NameConstraints(permitted, excluded), critical)]}
