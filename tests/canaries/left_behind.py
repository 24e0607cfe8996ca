"""All that can be read after logins without a key: logs, metrics, addresses, Redis, backups, crash dumps."""

import signal
from collections.abc import Iterator
from pathlib import Path

from components.deployed import PARTS, Deployed
from components.redis import Redis


def everything(deployed: Deployed) -> dict[str, bytes]:
    """Place -> content. The last act of the processes is to crash."""
    places = {
        f"{part} {path}": deployed.managed(part, path)
        for part in PARTS
        for path in ("/livez", "/readyz", "/metrics")
    }
    places["addresses"] = "\n".join(deployed.town.front.seen).encode()
    places |= dict(_redis(deployed.redis))
    places["pg_dump"] = deployed.plain_dump()
    places |= _commands(deployed)
    places |= _crashes(deployed)
    places["PostgreSQL's files"] = b"".join(
        _files(deployed.postgres.data / "base", deployed.postgres.data / "pg_wal")
    )
    return places | {name: file.read_bytes() for name, file in _logs(deployed)}


def _redis(redis: Redis) -> Iterator[tuple[str, bytes]]:
    """Every key with its value as Redis dumps it, its snapshot, and every command that ever wrote."""
    client = redis.raw()
    yield "Redis keys", b"\n".join(client.scan_iter())
    yield "Redis values", b"\n".join(value for key in client.scan_iter() for value in _value(client, key))
    client.save()
    yield "Redis files", b"".join(_files(redis.directory))


def _value(client, key: bytes) -> Iterator[bytes]:
    """Each part of a value, whatever its type."""
    kind = client.type(key)
    if kind == b"string":
        yield client.get(key) or b""
    elif kind == b"hash":
        yield from (part for pair in client.hgetall(key).items() for part in pair)
    elif kind == b"set":
        yield from client.smembers(key)
    elif kind == b"zset":
        yield from client.zrange(key, 0, -1)
    elif kind == b"list":
        yield from client.lrange(key, 0, -1)
    elif kind != b"none":  # which ended meanwhile
        raise AssertionError(f"a type that nobody looks into: {kind!r}")


def _commands(deployed: Deployed) -> dict[str, bytes]:
    """What an operator's commands print, and the backup that they write."""
    private, public, file = (deployed.folder.parent / name for name in ("private.pem", "public.json", "backup"))
    deployed.command("backup", "keygen", "--private-key-file", private, "--public-key", public)
    said = deployed.command("backup", "create", "--recipient", public, "--out", file)
    said += deployed.command("audit", "verify", "--tenant", "aoba")
    return {"commands": said, "backup": file.read_bytes()}


def _crashes(deployed: Deployed) -> dict[str, bytes]:
    """Every process of ours dies of SIGABRT or SIGSEGV: what lies in their folder then, dumps and all."""
    for part, how in zip(PARTS, (signal.SIGSEGV, signal.SIGABRT), strict=True):
        for pid in reversed(deployed.pids(part)):
            deployed.crash(pid, how)
        deployed.servers[part].exit_code()
    return {f"left by a crash: {file.name}": file.read_bytes() for file in deployed.folder.iterdir()}


def _logs(deployed: Deployed) -> Iterator[tuple[str, Path]]:
    for part in PARTS:
        yield f"log of {part}", deployed.folder.parent / f"{part}.log"
    yield "log of PostgreSQL", deployed.postgres.log
    yield "log of OpenBao", deployed.bao.log
    yield "audit log of OpenBao", deployed.bao.audit


def _files(*folders: Path) -> Iterator[bytes]:
    for folder in folders:
        yield from (file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
