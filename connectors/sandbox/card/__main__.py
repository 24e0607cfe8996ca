"""The program behind `idp sandbox card insert`: a card's file becomes a card in a virtual reader, until TERM.

Exit codes: 0 ended as asked, 1 the card cannot be used, 3 no reader can be had.
"""

import argparse
import secrets
import sys
from pathlib import Path

from connectors.card.errors import CardUnreadable
from connectors.sandbox.card.atr import ATRS
from connectors.sandbox.card.namespace import ReaderUnavailable, enter_namespace
from connectors.sandbox.card.reader import Reader
from connectors.sandbox.card.vpcd import InsertedCard

_OK, _REFUSED, _UNREACHABLE = 0, 1, 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.card", description=__doc__)
    parser.add_argument("card", type=Path, help="a software card's file")
    parser.add_argument("--dir", type=Path, required=True, help="csock, logs and the tripwire come here")
    parser.add_argument("--authorities", type=Path, help="a folder of CA certificates (PEM)")
    parser.add_argument("--atr", choices=sorted(ATRS), default="contact", help="the card's answer to reset")
    parser.add_argument("--padding", type=int, default=32, help="bytes after certificates")
    parser.add_argument("--leading", type=int, choices=(0, 2), default=0, help="bytes before the Basic 4")
    parser.add_argument("--pinless", action="store_true", help="a card whose PINs were never set")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def main(words: list[str]) -> int:
    """Run until TERM; returns the exit code."""
    wanted = _parser().parse_args(words)
    try:
        if not wanted.inside:
            enter_namespace([sys.executable, "-m", "connectors.sandbox.card", *words, "--inside"])
        _hold(wanted)
    except (CardUnreadable, OSError) as error:
        sys.stderr.write(f"the card cannot be inserted: {error}\n")
        return _REFUSED
    except ReaderUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return _UNREACHABLE
    return _OK


def _hold(wanted: argparse.Namespace) -> None:
    directory = wanted.dir.absolute()
    directory.mkdir(parents=True, exist_ok=True)

    def load() -> InsertedCard:
        from connectors.sandbox.card import powered  # here, so that pcscd need not wait for cryptography
        from connectors.sandbox.card.image import Variant

        return powered.load(
            wanted.card.absolute(),
            directory,
            ATRS[wanted.atr],
            Variant(padding=wanted.padding, leading=wanted.leading, pinless=wanted.pinless),
            sorted(wanted.authorities.glob("*.pem")) if wanted.authorities else (),
            secrets.token_bytes,
        )

    Reader(directory).run(load)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
