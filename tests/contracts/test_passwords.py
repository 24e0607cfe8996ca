"""IDs with a password, on SQLite and PostgreSQL alike."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from idp.jpki.profile import Device

WINDOWS = 6


def test_windows_at_once_give_one_id(either):
    """A person who presses in several windows has one ID, and no window fails."""
    accounts, tenant = either.product.people.passwords, either.product.directory.tenant("aoba")
    for _ in range(3):
        handle, together = secrets.token_bytes(32), Barrier(WINDOWS)

        def press(at, handle=handle, together=together):
            together.wait()
            return accounts.set_by_card(tenant, handle, Device.CARD, f"four quiet herons wade {at}")

        with ThreadPoolExecutor(WINDOWS) as pool:
            given = set(pool.map(press, range(WINDOWS)))
        assert given == {accounts.of_person(tenant, handle)[0]}
