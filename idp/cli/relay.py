"""On [::1], where it exists, the demo relays to 127.0.0.1: browsers may try either for `localhost`."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from threading import Thread

_CHUNK = 64 * 1024


def relay_loopback(ports: Sequence[int]) -> None:
    """Relay each port of [::1] to the same port of 127.0.0.1, in one daemon thread."""

    async def serve() -> None:
        for port in ports:
            try:
                await asyncio.start_server(_to(port), "::1", port)
            except OSError:  # no IPv6 loopback here, or the port is taken on it: 127.0.0.1 is enough
                continue
        await asyncio.Event().wait()

    Thread(target=lambda: asyncio.run(serve()), name="idp-relay", daemon=True).start()


def _to(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    return handle


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
