"""Codes of municipalities: the table that a tenant states, and what an address finds in it."""

import pytest

from idp.tenants.municipalities import TableRefused, code_of, read_table

TABLE = "011002,北海道札幌市\n011011,北海道札幌市中央区\n\n131016,東京都千代田区\n"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("北海道札幌市中央区北一条西二丁目", "011011"),
        ("北海道札幌市", "011002"),
        ("東京都千代田区霞が関２－１－２", "131016"),
        ("千代田区霞が関", ""),
        ("東京都千代田 区", ""),
        ("神奈川県横浜市", ""),
        ("", ""),
    ],
)
def test_the_longest_beginning_counts_and_nothing_is_guessed(address, code):
    """A ward before its city; without the prefecture, or with a space, it is another text."""
    assert code_of(address, read_table(TABLE)) == code


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("011003,北海道札幌市", "line 2: a code"),
        ("01100,北海道札幌市", "line 2: a code"),
        ("code,address", "line 2: a code"),
        ("131016", "line 2 is not"),
        ("131016,東京都,千代田区", "line 2 is not"),
        ("131016,", "line 2: an address"),
        ("131016,北海道札幌市", "line 2: this beginning"),
    ],
)
def test_a_table_with_a_mistake_is_refused_by_line(line, said):
    """Check digits show most slips; two codes of one beginning would be a guess."""
    with pytest.raises(TableRefused, match=said):
        read_table(f"011002,北海道札幌市\n{line}")
