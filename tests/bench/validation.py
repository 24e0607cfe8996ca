"""`make bench`: CPU of one validation (certificate, challenge, OCSP answer) beside its three RSA verifications.

All in one thread of one process, interleaved; the ratio of the least disturbed rounds is the result, microseconds
are context.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from components.hierarchy import NOW, SERIAL, found_hierarchy
from components.status import NONCE, ocsp_answer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from idp.jpki import certificate, ocsp, ocsp_question, proof, verify
from idp.jpki.profile import SANDBOX

ROUNDS = 600
VALIDATIONS = 5
"""So few that some of many rounds pass between two disturbances."""
BAR = 4.0
MESSAGE = b"M" * 173


def main() -> None:
    """Print the ratio beside its bar."""
    hierarchy = found_hierarchy()
    validate = validation_of(hierarchy)
    floor = three_verifications_of(hierarchy)
    validate()
    pairs = [(microseconds(validate), microseconds(floor)) for _ in range(ROUNDS)]
    mine, least = (min(column) for column in zip(*pairs, strict=True))  # a disturbance only ever adds
    print(f"CPU of one validation         {mine:.0f} us (three RSA verifications: {least:.0f} us)")
    print(f"  ratio                       {mine / least:.2f} (bar {BAR})")


def validation_of(hierarchy):
    """From bytes to evidence, as a login does it, without network and store."""
    challenge = proof.Challenge("https://idp.example", "https://idp.example", "transaction", bytes(32))
    signature = hierarchy.card_key.sign(challenge.message(), padding.PKCS1v15(), hashes.SHA256())
    der, anchors = hierarchy.der(), hierarchy.anchors
    answer = ocsp_answer(hierarchy)

    def validate():
        unverified = verify.UnverifiedProof(certificate.parse(der), "RS256", signature)
        verified = verify.verify(unverified, challenge, anchors=anchors, profile=SANDBOX, now=NOW)
        ocsp.judge(answer, ocsp_question.Question(verified.anchor, SERIAL, NONCE), now=NOW)

    return validate


def three_verifications_of(hierarchy):
    """What cannot be saved: certificate, challenge and OCSP answer each have one RSA-2048 signature.

    The keys of authority and responder stay in memory; the card's is new to the process at each login.
    """
    known, card = hierarchy.user.key.public_key(), hierarchy.certificate().public_key()
    encoded = card.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    by_known = hierarchy.user.key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    by_card = hierarchy.card_key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())

    def verify_three():
        known.verify(by_known, MESSAGE, padding.PKCS1v15(), hashes.SHA256())
        load_der_public_key(encoded).verify(by_card, MESSAGE, padding.PKCS1v15(), hashes.SHA256())
        known.verify(by_known, MESSAGE, padding.PKCS1v15(), hashes.SHA256())

    return verify_three


def microseconds(work) -> float:
    """CPU microseconds of one call, over many."""
    began = time.process_time()
    for _ in range(VALIDATIONS):
        work()
    return (time.process_time() - began) / VALIDATIONS * 1e6


if __name__ == "__main__":
    main()
