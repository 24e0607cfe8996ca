"""Answers to reset that My Number Cards give, as OpenSC's installer for Windows lists them."""

from collections.abc import Mapping
from types import MappingProxyType

ATRS: Mapping[str, bytes] = MappingProxyType(
    {
        "contact": bytes.fromhex("3BE000FF8131FE4514"),  # the only one that OpenSC's driver knows by heart
        "contact-02": bytes.fromhex("3BDA13FF8131FB468012392F31C173C601C03B"),
        "contact-03": bytes.fromhex("3BC5FF8131FB458073C6010000"),
        "contact-04": bytes.fromhex("3BF59100FF918171FE400042000100D1D6"),
        "contact-05": bytes.fromhex("3BF59100FF918171FE4000420001B3A115"),
        "type-b": bytes.fromhex("3B888001000005E0B381A1007F"),
        "type-b-07": bytes.fromhex("3B888001000041E0B381A1003B"),
        "type-b-08": bytes.fromhex("3B888001004B51FF0081D100BC"),
        "type-b-09": bytes.fromhex("3B888001004B51FFB381D1000F"),
    }
)
