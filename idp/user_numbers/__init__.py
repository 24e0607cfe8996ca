"""The link registry: a service's own user number beside the pair by which it knows a person.

A library knows its users by card numbers, and this provider knows them by a PPID of that library's own; here the
two stand side by side. `number.py` says what a number is, `registry.py` links one, `roll.py` takes on a service's
existing list and tells what is left of it, `history.py` remembers links that ended, `refused.py` says no. Who may
use it: `Client.may_link`. Nothing here is learnt of a person that their service does not know already.
"""
