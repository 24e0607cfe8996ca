"""The program behind `idp sandbox card insert`: a card's file becomes a card in a virtual reader, until TERM.

Exit codes: 0 ended as asked, 1 the card cannot be used, 3 no reader can be had.
"""

import argparse
import secrets
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.card import cardfile
from connectors.card.errors import CardUnreadable
from connectors.sandbox.card.atr import ATRS
from connectors.sandbox.card.image import Variant, chip_of, issuers_of
from connectors.sandbox.card.powered import PoweredCard
from connectors.sandbox.card.reader import Reader, ReaderUnavailable, complain, enter_namespace
from connectors.sandbox.card.record import Record

_OK, _REFUSED, _UNREACHABLE = 0, 1, 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.card", description=__doc__)
    parser.add_argument("card", type=Path, help="a software card's file")
    parser.add_argument("--dir", type=Path, required=True, help="csock, logs and the tripwire come here")
    parser.add_argument("--authorities", type=Path, help="a folder of CA certificates (PEM)")
    parser.add_argument("--atr", choices=sorted(ATRS), default="contact", help="the card's answer to reset")
    parser.add_argument("--padding", type=int, default=Variant().padding, help="bytes after certificates")
    parser.add_argument("--leading", type=int, choices=(0, 2), default=0, help="bytes before the Basic 4")
    parser.add_argument("--pinless", action="store_true", help="a card whose PINs were never set")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def main(words: list[str]) -> int:
    """Run until TERM; returns the exit code."""
    wanted = _parser().parse_args(words)
    try:
        wanted.dir.mkdir(parents=True, exist_ok=True)
        card = _card(wanted)
        if not wanted.inside:
            enter_namespace([sys.executable, "-m", "connectors.sandbox.card", *words, "--inside"])
        Reader(wanted.dir.absolute()).run(card)
    except (CardUnreadable, OSError) as error:
        complain(f"the card cannot be inserted: {error}")
        return _REFUSED
    except ReaderUnavailable as error:
        complain(str(error))
        return _UNREACHABLE
    return _OK


def _card(wanted: argparse.Namespace) -> PoweredCard:
    contents = cardfile.read(wanted.card)
    variant = Variant(padding=wanted.padding, leading=wanted.leading, pinless=wanted.pinless)
    pems = sorted(wanted.authorities.glob("*.pem")) if wanted.authorities else []
    authorities = [x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER) for pem in pems]
    issuers = issuers_of(contents, authorities)
    chip_of(contents, issuers, variant)  # a damaged file shows now, not at the first command
    return PoweredCard(
        path=wanted.card.absolute(),
        atr=ATRS[wanted.atr],
        issuers=issuers,
        variant=variant,
        record=Record(wanted.dir.absolute() / "apdu.log", wanted.dir.absolute() / "tripwire.log"),
        token_bytes=secrets.token_bytes,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
