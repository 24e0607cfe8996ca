"""The known answers of the derivation, which `tests/vectors/make_ppid_vectors.sh` had openssl compute."""

import json
from pathlib import Path
from typing import Any

import pytest

import ppid

VECTORS = Path(__file__).parents[1] / "vectors"
_ANSWERS = json.loads((VECTORS / "ppid.json").read_text())


@pytest.fixture
def known_answers() -> dict[str, Any]:
    """The whole vector file."""
    return _ANSWERS


@pytest.fixture(params=_ANSWERS["vectors"], ids=lambda vector: vector["name"])
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each vector in turn."""
    return request.param


@pytest.fixture
def mac() -> ppid.LocalMac:
    """A Mac that holds the two published keys."""
    return ppid.LocalMac({int(version): bytes.fromhex(key) for version, key in _ANSWERS["keys"].items()})
