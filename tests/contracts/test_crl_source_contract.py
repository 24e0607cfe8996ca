"""The contract of a source of revocation lists, kept by a repository on the web and by a folder alike."""

import itertools
import os

import pytest
from components.list_sources import Delivered, Published, whole

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.jlis.crl import CrlFolder
from connectors.ports import CertificateKind

KEY_ID = bytes(range(0xA0, 0xB4))
POINT = b"\x30\x0d" + b"a DER Name..."
LIST = bytes(range(256)) * 40


@pytest.fixture(params=["web", "folder"])
def repository(request, tmp_path):
    """A repository of each kind, empty."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    if request.param == "folder":
        yield Delivered(folder)
    else:
        with Published(folder) as published:
            yield published


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
def test_a_list_streams_whole(repository, piece):
    """The bytes that were delivered, whatever the size of the buffer."""
    repository.put(LIST[:2000], KEY_ID)
    assert whole(repository.source(), KEY_ID, piece=piece) == LIST[:2000]


def test_each_distribution_point_has_a_list_of_its_own(repository):
    """Beside that of the whole CA, under the hash of its name."""
    repository.put(b"whole", KEY_ID)
    repository.put(b"shard", KEY_ID, POINT)
    source = repository.source()
    assert (whole(source, KEY_ID), whole(source, KEY_ID, POINT)) == (b"whole", b"shard")


@pytest.mark.parametrize(("key_id", "point"), [(bytes(20), None), (KEY_ID, b"\x30\x00"), (bytes(20), POINT)])
def test_a_list_that_is_not_there_is_refused(repository, key_id, point):
    """Asking again will not help."""
    repository.put(LIST, KEY_ID)
    with pytest.raises(Refused):
        whole(repository.source(), key_id, point)


def test_kinds_are_told_apart(repository):
    """A user list is not a signature list of the same key."""
    repository.put(LIST, KEY_ID, kind=CertificateKind.SIGNATURE)
    with pytest.raises(Refused):
        whole(repository.source(), KEY_ID)


def test_the_newest_list_is_what_the_next_question_brings(repository):
    """Nothing is remembered."""
    source = repository.source()
    for der in (b"first", b"second"):
        repository.put(der, KEY_ID)
        assert whole(source, KEY_ID) == der


def test_the_limit_holds_while_streaming(repository):
    """Exactly so many bytes are taken; of one more, no more than that one is read."""
    repository.put(LIST, KEY_ID)
    assert whole(repository.source(max_bytes=len(LIST)), KEY_ID) == LIST
    with repository.source(max_bytes=len(LIST) - 1).open(CertificateKind.USER, KEY_ID, None) as stream:
        pieces = iter(lambda: stream.readinto(memoryview(bytearray(100))), 0)
        taken = sum(itertools.islice(pieces, len(LIST) // 100))
        with pytest.raises(Garbled):
            next(pieces)
    assert taken == len(LIST) // 100 * 100


def test_what_is_not_read_is_not_waited_for(repository):
    """A reader may leave at any byte, and ask again."""
    repository.put(LIST, KEY_ID)
    source = repository.source()
    with source.open(CertificateKind.USER, KEY_ID, None) as stream:
        stream.readinto(memoryview(bytearray(3)))
    assert whole(source, KEY_ID) == LIST


def test_a_repository_that_cannot_be_reached(repository):
    """Another time, perhaps."""
    repository.put(LIST, KEY_ID)
    source = repository.source()
    if isinstance(repository, Published):
        repository.status = 503
    else:
        repository.lose()
    with pytest.raises(Unreachable):
        whole(source, KEY_ID)


def test_errors_repeat_nothing(repository):
    """Neither a path nor a key identifier nor what a list says."""
    repository.put(b"secret" * 100, KEY_ID)
    errors = []
    for source, key_id in ((repository.source(max_bytes=50), KEY_ID), (repository.source(), bytes(20))):
        with pytest.raises(ConnectorError) as caught:
            whole(source, key_id)
        errors.append(str(caught.value))
    assert not any(word in error for error in errors for word in ("secret", "00000000", ".crl", "delivered"))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_something_else_by_that_name_holds_nobody_up(tmp_path, make):
    """In a folder there may lie what is no file: a pipe would have us wait for its writer."""
    (tmp_path / "user").mkdir()
    make(tmp_path / "user" / f"{KEY_ID.hex()}.crl")
    with pytest.raises((Garbled, Unreachable)):
        whole(CrlFolder(tmp_path, max_bytes=10), KEY_ID)
