"""Comparison of what an application says with what is known: same, different, or cannot tell. Pure.

For an identity a wrong *same* is worse than ten *cannot tell*. So two texts are the same only where nothing but
the way of typing differs (`characters.py`); wherever a looser reading would make them alike (`likeness.py`), a
person has to look, and is told why (`words.py`). `names.py`, `addresses.py` (over `address_text.py` and
`numerals.py`), `dates.py` and `genders.py` know one field each; `fields.py` puts them together. Nothing here is
ever written back.
"""
