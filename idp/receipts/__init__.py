"""The anonymous way: what was handed in without signing in has two numbers, by which its state is asked.

`numbers.py`: 到達番号, not secret, and 問合せ番号, secret. `receipt.py`: what is kept; `receipts.py`: its life.
`tries.py` counts questions, `web.py` is the page where residents ask. No row refers to a person, and none is found
by one. Services' calls are in `idp/verification/receipts.py`; whom they serve says `service.py`.
"""
