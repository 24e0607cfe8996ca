"""Good bytes made bad: at random, and by structure, where every length above a change is put right again."""

import random

from vectors.jpki_raw import tlv
from vectors.rewritten import element


def mutant(data: bytes, random_: random.Random) -> bytes:
    """One change anywhere: a bit, some bytes, less, more, or the end missing."""
    kind, at = random_.randrange(6), random_.randrange(len(data))
    end = min(len(data), at + random_.randrange(1, 9))
    if kind == 0:
        return data[:at] + bytes([data[at] ^ 1 << random_.randrange(8)]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + random_.randbytes(end - at) + data[end:]
    if kind == 2:
        return data[:at] + data[end:]
    if kind == 3:
        return data[:at] + data[at:end] * 2 + data[end:]
    if kind == 4:
        return data + random_.randbytes(random_.randrange(1, 4))
    return data[:at]


def reshaped(data: bytes, random_: random.Random) -> bytes:
    """One element somewhere in the tree dropped, doubled, swapped, emptied, retagged or refilled; still DER."""
    tag, (_, content, end) = data[0], element(data, 0)
    children, at = [], content
    while data[0] & 0x20 and at < end:
        start, _, at = element(data, at)
        children.append(data[start:at])
    if children and random_.random() < 0.8:
        place = random_.randrange(len(children))
        children[place] = reshaped(children[place], random_)
        return tlv(tag, *children)
    return _changed(tag, data[content:end], children, random_)


def _changed(tag: int, content: bytes, children: list[bytes], random_: random.Random) -> bytes:
    whole = tlv(tag, content)
    choices = (
        b"",
        whole + whole,
        tlv(tag),
        tlv(
            random_.choice((0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x17, 0x18, 0x30, 0x31, 0x80, 0xA0)), content
        ),
        tlv(tag, random_.randbytes(random_.randrange(1, 24))),
        tlv(tag, whole),
        tlv(tag, *reversed(children)) if children else tlv(tag, content[::-1]),
        tlv(tag, content, content),
    )
    return random_.choice(choices)
