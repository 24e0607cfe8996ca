"""Which passwords may be chosen: length, what is guessed first, and nothing else."""

import pytest

from idp.passwords import hashing
from idp.passwords.rules import Fault, fault_of, normalised

ID = "7K3Q-9F0M"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("four quiet herons wade", None),
        ("あおばの川で鷺が四羽あるいている", None),
        ("3.141592653589793", None),
        ("mmmmm kkkkk ppppp ooo u", None),
        ("x" * 14, Fault.SHORT),
        ("quiet herons!!", Fault.SHORT),
        ("", Fault.SHORT),
        ("quiet herons wade " * 8, Fault.LONG),
        ("aaaaaaaaaaaaaaaaaaaa", Fault.COMMON),
        ("abababababababababab", Fault.COMMON),
        ("passwordpassword", Fault.COMMON),
        ("password password", Fault.COMMON),
        ("PasswordPasswordPassword", Fault.COMMON),
        ("qwertyqwertyqwerty", Fault.COMMON),
        ("123456789012345", Fault.COMMON),
        ("7K3Q-9F0M-7K3Q-9F0M", Fault.COMMON),
    ],
)
def test_what_may_be_chosen(password, fault):
    """No rule of composition; what many choose is refused in any case and repeated."""
    assert fault_of(password, password, sign_in_id=ID) is fault


def test_the_second_typing_counts():
    """Only when the first one can be chosen."""
    assert fault_of("four quiet herons wade", "four quiet herons waded", sign_in_id=ID) is Fault.DIFFERENT


def test_widths_are_one_password():
    """A keyboard that writes full-width letters types the same."""
    verifier = hashing.verifier_of("Quiet herons wade", salt=bytes(16))
    assert hashing.verifies(verifier, "Ｑｕｉｅｔ　ｈｅｒｏｎｓ　ｗａｄｅ")
    assert normalised("ｱｵﾊﾞ") == "アオバ"
    assert not hashing.verifies(verifier, "quiet herons wade")


@pytest.mark.parametrize("verifier", [None, "", "$argon2id$broken"])
def test_nobodys_password_is_never_right(verifier):
    """Whatever is typed, and whatever stands in a broken row."""
    assert not hashing.verifies(verifier, "four quiet herons wade")


def test_an_unknown_id_costs_as_much_as_a_known_one():
    """The verifier in its place is one of the same kind, so that a hash is made."""
    real = hashing.verifier_of("four quiet herons wade", salt=bytes(16))
    assert hashing._NOBODYS.split("$")[:4] == real.split("$")[:4]
    assert not hashing.verifies(None, "nobody")
    assert len(hashing._NOBODYS) == len(real)


def test_a_text_beyond_all_measure_is_wrong():
    """It is not hashed whole."""
    long = "quiet herons wade " * 100
    assert not hashing.verifies(hashing.verifier_of(long[:1024], salt=bytes(16)), long)
