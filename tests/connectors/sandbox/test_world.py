"""The world on disk: private, complete after every change, refused when damaged."""

import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.card.softcard import SoftwareCard
from connectors.ports import CertificateKind
from connectors.sandbox import files, state
from connectors.sandbox.state import Case, Slot
from connectors.sandbox.world import World, WorldUnreadable


def test_everything_is_private(founded_directory: Path) -> None:
    """Folders and files can be read by their owner only."""
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in founded_directory.rglob("*")}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_an_opened_world_is_the_created_one(tmp_path: Path, founded: datetime) -> None:
    """State and all six CAs survive the disk."""
    created = World.create(tmp_path / "world", founded, bytes)
    opened = World.open(tmp_path / "world")
    assert created.state == opened.state
    assert created.anchors() == opened.anchors()
    assert created.residents() == opened.residents()


def test_every_case_has_a_resident(untouched: Any) -> None:
    """Each case of the contract is played, under an id that is used once."""
    residents = untouched.world.residents()
    assert set(Case) == {resident.case for resident in residents}
    assert len(residents) == len({resident.id for resident in residents})


def test_residents_have_all_that_the_ready_file_promises(untouched: Any) -> None:
    """Card and pairs exist under absolute paths, and each key belongs to its certificate."""
    for resident in untouched.world.residents():
        ready = resident.ready()
        assert {"id", "case", "card", "auth_pin", "auth_certificate", "auth_key"} <= set(ready)
        for name in ("auth", "phone"):
            if f"{name}_certificate" in ready:
                certificate = files.read_certificate(Path(ready[f"{name}_certificate"]))
                assert certificate.public_key() == files.read_key(Path(ready[f"{name}_key"])).public_key()
        assert Path(ready["card"]).is_absolute()
        assert SoftwareCard.load(Path(ready["card"])).holder == resident.label


def test_optional_members_follow_the_case(untouched: Any) -> None:
    """A child has no signature PIN; only the resident with a phone has a phone's pair."""
    ready = {resident["id"]: resident for resident in (r.ready() for r in untouched.world.residents())}
    assert [r for r in ready if "sign_pin" not in ready[r]] == ["sora"]
    assert [r for r in ready if "phone_certificate" in ready[r] and "phone_key" in ready[r]] == ["midori"]


def test_the_presented_pair_is_the_cases(untouched: Any) -> None:
    """The case `signature_certificate` presents that, every other case the user certificate."""
    presented = {r.id: r.auth_certificate.name for r in untouched.world.residents()}
    assert presented.pop("kiyoshi") == "kiyoshi-sign.pem"
    assert {name.removesuffix(".pem").split("-")[1] for name in presented.values()} == {"auth"}


def test_a_card_signs_with_the_key_of_its_certificate(untouched: Any) -> None:
    """What the card signs verifies under the certificate that lies beside it."""
    signature = SoftwareCard.load(untouched.files("hanako").card).sign(CertificateKind.USER, "1234", b"message")
    key = untouched.certificate("hanako").public_key()
    assert key.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256()) is None


@pytest.mark.parametrize(
    "instruction",
    [
        {"do": "revoke", "resident": "hanako"},
        {"do": "renew", "resident": "hanako"},
        {"do": "move", "resident": "hanako"},
        {"do": "add-phone", "resident": "hanako"},
        {"do": "lose", "resident": "hanako"},
        {"do": "ocsp", "mode": "down"},
        {"do": "crl", "mode": "stale"},
        {"do": "tick"},
    ],
    ids=lambda instruction: instruction["do"],
)
def test_a_change_survives_a_restart(sandbox: Any, instruction: dict[str, str]) -> None:
    """Opened anew, the world is as the instruction left it."""
    before = sandbox.world.state
    assert sandbox.control(**instruction).status_code == 200
    reopened = World.open(sandbox.directory)
    assert before != reopened.state
    assert sandbox.world.state == reopened.state
    assert sandbox.world.residents() == reopened.residents()


def test_serials_go_on_rising_after_a_restart(sandbox: Any) -> None:
    """No serial number is given twice, whatever process gives it."""
    sandbox.control(do="renew", resident="hanako")
    first = sandbox.certificate("hanako").serial_number
    reopened = type(sandbox)(sandbox.directory, sandbox.clock)
    reopened.control(do="renew", resident="hanako")
    assert first < sandbox.certificate("hanako").serial_number


def test_a_world_is_not_founded_twice(sandbox: Any, founded: datetime) -> None:
    """Founding in a folder that holds a sandbox is refused, and the sandbox stays."""
    with pytest.raises(FileExistsError):
        World.create(sandbox.directory, founded + timedelta(days=1), bytes)
    assert sandbox.world.state == World.open(sandbox.directory).state


def test_an_interrupted_founding_can_be_begun_again(tmp_path: Path, founded: datetime) -> None:
    """Whatever an interruption left, the folder of the sandbox is not there, and the next founding succeeds."""

    def interrupt(count: int) -> bytes:
        raise KeyboardInterrupt

    directory, left = tmp_path / "world", tmp_path / ".world.new" / "authorities"
    left.mkdir(parents=True)
    (left / "user-1.pem").write_bytes(b"half a certif")
    with pytest.raises(KeyboardInterrupt):
        World.create(directory, founded, interrupt)
    assert not directory.exists()
    assert World.create(directory, founded, bytes).state == World.open(directory).state
    assert [directory] == list(tmp_path.iterdir())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [Path.unlink, cut, empty], ids=["missing", "cut", "empty"])
@pytest.mark.parametrize(
    "name", ["state.json", "authorities/user-2.pem", "authorities/signature-3.key", "authorities/user-1.ocsp.key"]
)
def test_a_damaged_world_is_not_opened(
    founded_directory: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """A missing or broken file of the sandbox's own is named as that, before anything is served."""
    directory = Path(shutil.copytree(founded_directory, tmp_path / "world"))
    damage(directory / name)
    with pytest.raises(WorldUnreadable, match="no sandbox that can be read"):
        World.open(directory)


def test_a_key_of_another_kind_is_damage(sandbox: Any) -> None:
    """An authority's key file that holds an elliptic-curve key makes the world unreadable."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (sandbox.directory / "authorities" / "user-3.key").write_bytes(pem)
    with pytest.raises(WorldUnreadable):
        World.open(sandbox.directory)


def test_a_transition_that_changes_nothing_writes_nothing(sandbox: Any) -> None:
    """The state file is replaced by changes only."""
    path = sandbox.directory / "state.json"
    before = path.stat().st_ino
    assert sandbox.world.state is sandbox.world.change(lambda current: current)
    assert before == path.stat().st_ino


def test_an_empty_folder_is_no_world(tmp_path: Path) -> None:
    """Opening where nothing was founded is refused."""
    with pytest.raises(WorldUnreadable):
        World.open(tmp_path / "nothing")


def test_the_state_survives_its_own_form(untouched: Any) -> None:
    """Dumped and loaded, the state is equal, revocations and times included."""
    assert untouched.world.state == state.load(state.dump(untouched.world.state))


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"seed":"x"}', b"\xff"])
def test_another_form_is_no_state(content: bytes) -> None:
    """Whatever `dump` did not write is refused with ValueError."""
    with pytest.raises(ValueError, match="validation error"):
        state.load(content)


def test_changes_at_the_same_moment_all_take_place(sandbox: Any) -> None:
    """Eight renewals from eight threads are eight certificates with eight serial numbers."""
    residents = ["hanako", "ichiro", "shiro", "yoko"] * 2
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda r: sandbox.control(do="renew", resident=r).status_code, residents))
    serials = [c.serial for c in sandbox.world.state.certificates if c.slot is Slot.AUTH]
    assert answers == [200] * 8
    assert len(serials) == len(set(serials)) == sum(1 for _ in sandbox.world.residents()) + 1 + 8
