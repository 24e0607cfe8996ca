"""Anchor, bridge, office and leaf: three tiers that each need evidence of their own."""

from vectors.hierarchy import NOW, Entity, root
from vectors.validate import validate


class Town:
    """Anchor, bridge and office over one leaf: three tiers that need evidence."""

    def __init__(self, **leaf) -> None:
        self.anchor = root("anchor")
        self.bridge = self.anchor.authority("bridge")
        self.office = self.bridge.authority("office")
        self.leaf = self.office.issue("leaf", **leaf)
        self.issuers = {self.bridge: self.anchor, self.office: self.bridge, self.leaf: self.office}
        self.tiers = [self.bridge, self.office, self.leaf]

    def crls(self, **by_tier: bytes) -> list[bytes]:
        """Good lists of all three issuers, with the named ones replaced."""
        usual = {"anchor": self.anchor, "bridge": self.bridge, "office": self.office}
        return [by_tier.get(key, b"") or issuer.crl() for key, issuer in usual.items()]

    def crl(self, lists, *pool: Entity) -> str:
        return self._judge("crl", crls=lists, pool=pool)

    def ocsp(self, answers) -> str:
        return self._judge("ocsp", ocsp=answers)

    def answers(self, tier: int | None = None, **settings) -> list[bytes]:
        """Good answers about every tier; about the chosen one with these settings."""
        return [
            self.issuers[entity].answer(entity.certificate, **(settings if number == tier else {}))
            for number, entity in enumerate(self.tiers)
        ]

    def _judge(self, mode, crls=(), ocsp=(), pool=()) -> str:
        chain = [self.leaf.der, self.office.der, self.bridge.der, *(e.der for e in pool)]
        return validate(chain, NOW, [self.anchor.der], list(crls), list(ocsp), {"revocation": mode})["reason"]
