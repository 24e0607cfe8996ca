"""Shamir's secret sharing over GF(256): any `needed` of the shares give the secret, fewer give nothing at all.

Ours, because nothing on PyPI fits: `shamir-mnemonic`, the well-kept one, says of itself that it verifies other
implementations and is not for sensitive secrets; `pycryptodome` shares 16 bytes and no more, and would be a second
cryptographic library for this one page. The whole is polynomial arithmetic on single bytes, pure, tested by its
properties and against values computed by hand. It is not hardened against whoever measures its time: a ceremony
takes place on a machine that nobody else is on. A. Shamir, "How to share a secret", CACM 22 (1979).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import xor

MOST_SHARES = 255
_POLYNOMIAL = 0x11B
"""x^8 + x^4 + x^3 + x + 1, the field of AES (FIPS 197 section 4); 3 generates its multiplicative group."""


class SharesRefused(ValueError):
    """Shares that cannot give a secret; nothing of them is in the text."""


def split(secret: bytes, *, needed: int, shares: int, token_bytes: Callable[[int], bytes]) -> dict[int, bytes]:
    """Shares by their number from 1 on, each as long as the secret. Raises ValueError for counts that are none."""
    if not 1 < needed <= shares <= MOST_SHARES:
        raise ValueError("2 <= needed <= shares <= 255")
    coefficients = [secret, *(token_bytes(len(secret)) for _ in range(needed - 1))]
    return {
        number: bytes(_evaluate(polynomial, number) for polynomial in zip(*coefficients, strict=True))
        for number in range(1, shares + 1)
    }


def combine(shares: Mapping[int, bytes]) -> bytes:
    """The secret, if these are enough of its shares; other bytes if they are not: whoever calls must check.

    Raises SharesRefused for numbers outside 1 to 255 and for shares of different lengths.
    """
    numbers = tuple(shares)
    if not numbers or not all(0 < number <= MOST_SHARES for number in numbers):
        raise SharesRefused("shares have numbers from 1 to 255")
    if len({len(share) for share in shares.values()}) != 1:
        raise SharesRefused("shares of one secret have one length")
    weights = [_weight(number, numbers) for number in numbers]
    columns = zip(*shares.values(), strict=True)
    return bytes(_sum(_multiply(w, y) for w, y in zip(weights, column, strict=True)) for column in columns)


def _weight(number: int, numbers: tuple[int, ...]) -> int:
    """Lagrange's weight of the share at `number` for the value at 0; subtraction is addition here."""
    weight = 1
    for other in numbers:
        if other != number:
            weight = _multiply(weight, _divide(other, other ^ number))
    return weight


def _evaluate(polynomial: tuple[int, ...], x: int) -> int:
    """Its value at x, coefficients from the constant one on (Horner)."""
    value = 0
    for coefficient in reversed(polynomial):
        value = _multiply(value, x) ^ coefficient
    return value


def _sum(values: Iterable[int]) -> int:
    return reduce(xor, values, 0)


def _multiply(left: int, right: int) -> int:
    return _POWERS[_LOGARITHMS[left] + _LOGARITHMS[right]] if left and right else 0


def _divide(left: int, right: int) -> int:
    return _POWERS[_LOGARITHMS[left] + 255 - _LOGARITHMS[right]] if left else 0


def _tables() -> tuple[list[int], list[int]]:
    """Powers of 3 (twice round, so that sums of logarithms need no reduction), and their logarithms."""
    powers, logarithms, value = [], [0] * 256, 1
    for exponent in range(255):
        powers.append(value)
        logarithms[value] = exponent
        value ^= value << 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    return powers * 2 + powers[:1], logarithms


_POWERS, _LOGARITHMS = _tables()
