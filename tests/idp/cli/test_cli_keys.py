"""`idp keys list|rewrap|reseal` and `idp ppid rotate-key`."""

import json
import subprocess
import sys
from pathlib import Path

from components.process import plain_environment
from components.sealed_rows import generations


def listed(idp):
    """`idp keys list --json` as (kind, key, kept under)."""
    told = idp("keys", "list", "--tenant", "aoba", "--json")
    assert told.code == 0
    return [(key["kind"], key["key"], key["kept_under"]) for key in told.json]


def data_keys(idp):
    """The data keys of it."""
    return [(key, kept) for kind, key, kept in listed(idp) if kind == "data"]


def test_keys_are_listed_with_what_keeps_them(idp):
    """PPID and wrapping key in the custody, data keys under the wrapping key, the rings' keys under a data key."""
    keys = listed(idp)
    assert keys[:2] == [("ppid", "version 1", "custody"), ("wrapping", "version 1", "custody")]
    assert data_keys(idp) == [(f"{label} 1", "wrapping version 1") for label in ("audit", "index", "seal")]
    ring = [("signing", "data seal")] * 4 + [("requests", "data seal")] * 2
    assert [(kind, kept) for kind, _, kept in keys[5:]] == ring


def test_rewrap_rotates_and_wraps_anew(idp, aoba):
    """One command; run again without rotation it finds nothing to do; the numbers stay."""
    before = aoba.sign_in(aoba.library)["sub"]
    told = idp("keys", "rewrap", "--tenant", "aoba", "--json")
    assert (told.code, told.json) == (0, {"wrapping_version": 2, "rewrapped": 3})
    assert "data keys: 3 of 3" in told.err
    assert {kept for _, kept in data_keys(idp)} == {"wrapping version 2"}
    again = idp("keys", "rewrap", "--no-rotate", "--tenant", "aoba", "--json")
    assert again.json == {"wrapping_version": 2, "rewrapped": 0}
    aoba.product = aoba.build()
    aoba.product.directory.refresh()
    assert aoba.sign_in(aoba.library)["sub"] == before


def test_reseal_survives_a_kill(idp, aoba):
    """`--new` killed while it waits; run again without it, all is sealed anew, with progress on standard error."""
    before = aoba.sign_in(aoba.library)["sub"]
    command = [Path(sys.executable).with_name("idp"), "keys", "reseal", "--new", "--tenant", "aoba"]
    begun = subprocess.Popen(command, env=plain_environment(**aoba.environment), stderr=subprocess.PIPE, text=True)
    with begun:
        assert "waiting" in begun.stderr.readline()
        begun.kill()
    assert ("seal 2", "wrapping version 1") in data_keys(idp)
    told = idp("keys", "reseal", "--tenant", "aoba", "--json")
    assert (told.code, told.json["generation"], told.json["broken"]) == (0, 2, [])
    assert told.json["resealed"] > 0
    assert "pair.sealed_ppid: 1 of 1" in told.err
    assert set(generations(aoba)) == {2}
    aoba.product.directory.refresh()
    assert aoba.sign_in(aoba.library)["sub"] == before


def test_rotate_key_is_for_new_pairs(idp, aoba):
    """The running server follows, the known number stays, and `idp tenant show` tells the version."""
    before = aoba.sign_in(aoba.library)["sub"]
    told = idp("ppid", "rotate-key", "--tenant", "aoba", "--json")
    assert (told.code, told.json) == (0, {"tenant": "aoba", "ppid_key_version": 2})
    aoba.product.directory.refresh()
    assert aoba.sign_in(aoba.library)["sub"] == before
    assert idp("tenant", "show", "aoba", "--json").json["ppid_key_version"] == 2


def test_a_key_that_waits_for_its_ceremony_is_not_rotated(idp):
    """A sentence and exit code 1."""
    words = (
        "--issuer",
        "http://localhost:8000/t/midori",
        "--name-ja",
        "緑市",
        "--name-en",
        "Midori",
        "--crest",
        "緑",
    )
    assert idp("tenant", "create", "midori", *words, "--sandbox", "--ceremony", "--json").code == 0
    refused = idp("ppid", "rotate-key", "--tenant", "midori", "--json")
    assert refused.code == 1
    assert "ceremony" in json.loads(refused.err)["error"]
    keys = idp("keys", "list", "--tenant", "midori", "--json").json
    assert keys[0]["state"] == "waits for its ceremony"
