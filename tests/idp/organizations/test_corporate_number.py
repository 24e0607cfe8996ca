"""法人番号, and what certificates say of their company."""

import datetime as dt

import pytest
from components.organizations import NAME, NUMBER, OTHER_NUMBER, identified, registered_info
from components.tiers import Authority, name
from cryptography import x509

from idp.organizations import corporate_number
from idp.organizations.certified import REGISTERED_CORPORATION_INFO, Certified, company_of

PUBLISHED = ("7000012050002", "8000012010038", "1180301018771")
"""Of the National Tax Agency, the Digital Agency and a manufacturer, as the register publishes them."""


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_numbers_have_the_check_digit(number):
    """And it is what the registered number gives."""
    assert corporate_number.read(number) == number
    assert corporate_number.of_registered(number[1:]) == number


@pytest.mark.parametrize("number", PUBLISHED)
def test_no_digit_may_be_another(number):
    """But for 0 and 9, which the ordinance's rule cannot tell apart."""
    for at, digit in enumerate(number):
        for other in set("0123456789") - {digit}:
            changed = corporate_number.read(number[:at] + other + number[at + 1 :])
            assert changed is None or {digit, other} == {"0", "9"}


@pytest.mark.parametrize(
    "typed", ["７０００－０１２０－５０００２", " 7 0000 1205 0002 ", "7000012050002\n", "7-0000-1205-0002"]
)
def test_a_number_is_read_as_people_write_it(typed):
    """Full width, blanks, hyphens."""
    assert corporate_number.read(typed) == "7000012050002"


@pytest.mark.parametrize(
    "typed",
    ["", "000012050002", "T7000012050002", "7000012050002" * 4, "٧٠٠٠٠١٢٠٥٠٠٠٢", "7000012050003", "x" * 13],
)
def test_what_is_no_number_is_none(typed):
    """Too short, too long, other digits, a wrong check digit."""
    assert corporate_number.read(typed) is None


@pytest.mark.parametrize("registered", ["", "7000012050002", "00001205000x", "００００１２０５０００２"])
def test_a_registered_number_has_twelve_digits(registered):
    """Of ASCII."""
    with pytest.raises(ValueError, match="twelve"):
        corporate_number.of_registered(registered)


@pytest.fixture(scope="module")
def root():
    """An authority."""
    return Authority("Registrar", dt.datetime(2026, 6, 1, tzinfo=dt.UTC)).root()


def test_commercial_registration_names_the_company(root):
    """By the extension of the Ministry of Justice, whatever stands in the subject."""
    assert company_of(root.leaf(extensions=(registered_info(),))) == Certified(NUMBER, NAME)


def test_an_accredited_services_certificate_names_it_in_the_subject(root):
    """By the identifier of Japan's trade register."""
    assert company_of(root.leaf(subject=identified())) == Certified(NUMBER, NAME)
    both = root.leaf(subject=identified(), extensions=(registered_info(),))
    assert company_of(both) == Certified(NUMBER, NAME)


def raw(der: bytes):
    """The extension with any content."""
    return x509.UnrecognizedExtension(REGISTERED_CORPORATION_INFO, der)


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"subject": name("Somebody")},
        {"subject": identified(f"NTRDE-{NUMBER}")},
        {"subject": identified("NTRJP-7000012050003")},
        {"subject": identified("NTRJP-７０００012050002")},
        {"subject": identified(f"NTRJP-{OTHER_NUMBER}"), "extensions": (registered_info(),)},
        {"extensions": (registered_info(number="70000120500"),)},
        {"extensions": (raw(b""),)},
        {"extensions": (raw(b"\x30\x03\x0c\x01x"),)},
        {"extensions": (raw(b"\x30\x80\x00\x00"),)},
        {"extensions": (raw(registered_info().value + b"\x00"),)},
        {"extensions": (raw(b"\x30\x05\xa1\x03\x0c\x05x"),)},
        {"extensions": (raw(b"\x30\x05\xa1\x03\x02\x01\x01"),)},
    ],
)
def test_whatever_else_names_none(root, wishes):
    """No number, another country's, a wrong one, two that differ, and bytes that are no such extension."""
    assert company_of(root.leaf(**wishes)) is None


def test_garbage_names_none():
    """Nor is it any certificate."""
    assert company_of(b"") is None
    assert company_of(b"\x30\x82") is None
