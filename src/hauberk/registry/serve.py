"""Run the registry: listen, answer until asked to stop, then let what is under way end."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

LINGER = 5.0  # seconds to take what a refused client still sends, so that it reads the refusal
GRACE = 30.0  # seconds for downloads that are under way when the registry is asked to stop


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    grace: float = GRACE

    def url(self, port: int) -> str:
        """Where clients find it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{port}"


def run(app: web.Application, listening: Listening, begun: Callable[[str], None]) -> None:
    """Answer until SIGTERM or SIGINT; `begun` is told the address once it listens. Raises OSError."""
    asyncio.run(_run(app, listening, begun))


async def _run(app: web.Application, listening: Listening, begun: Callable[[str], None]) -> None:
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=listening.grace,
        handler_cancellation=True,
        lingering_time=LINGER,
    )
    await runner.setup()
    site = web.TCPSite(runner, listening.host, listening.port, ssl_context=listening.tls, backlog=1024)
    await site.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    try:
        begun(listening.url(runner.addresses[0][1]))
        await stop.wait()
    finally:
        await runner.cleanup()
