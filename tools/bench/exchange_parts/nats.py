"""NATS JetStream with `sync_interval: always`: a stream at one server, its mirror at another over a leaf connection."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tools.bench.exchange_parts.world import World, peak_mb
from tools.quality.nodes import free_port

IN_FLIGHT = 512


# Each message is synced, so that a rate is told by these many as well as by all.
MOST = 40_000


def bodies(folder: Path) -> Iterator[bytes]:
    """The first 40,000 records, one a message: the lines of the rights' table."""
    with (folder / "registers_right").open("rb") as file:
        yield from islice(file, MOST)


def _server(folder: Path, domain: str, port: int, leaf: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nats.conf"
    config.write_text(
        f"listen: 127.0.0.1:{port}\nserver_name: {domain}\n"
        f'jetstream {{ store_dir: "{folder}/store", domain: {domain}, sync_interval: always }}\n'
        f"leafnodes {{ {leaf} }}\n"
    )
    beside = Path(sys.executable).with_name("nats-server")
    binary = str(beside) if beside.exists() else shutil.which("nats-server") or "nats-server"
    return subprocess.Popen([binary, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def mirror(world: World, folder: Path) -> dict[str, float]:
    hub, leafs, edge = free_port(), free_port(), free_port()
    servers = [_server(world.folder / "hub", "hub", hub, f"listen: 127.0.0.1:{leafs}")]
    remote = f'remotes: [ {{ url: "nats://127.0.0.1:{leafs}" }} ]'
    servers.append(_server(world.folder / "edge", "edge", edge, remote))
    try:
        figures = asyncio.run(_mirror(folder, hub, edge))
        figures["partner MB"] = peak_mb(servers[1].pid)
    finally:
        for server in servers:
            server.terminate()
            server.wait(30)
    kept = sum(file.stat().st_size for file in (world.folder / "edge" / "store").rglob("*") if file.is_file())
    figures["journal B/record"] = kept / figures["entries"]
    return figures


async def _mirror(folder: Path, hub: int, edge: int) -> dict[str, float]:
    import nats
    from nats.js.api import ExternalStream, StreamConfig, StreamSource

    async def stream() -> Any:
        return await nats.connect(f"nats://127.0.0.1:{hub}", connect_timeout=10, max_reconnect_attempts=60)

    here = await stream()
    there = await nats.connect(f"nats://127.0.0.1:{edge}", connect_timeout=10, max_reconnect_attempts=60)
    await here.jetstream().add_stream(StreamConfig(name="bench", subjects=["bench"]))
    source = StreamSource(name="bench", external=ExternalStream(api="$JS.hub.API", deliver="bench.deliver"))
    count, waiting = 0, []
    started = time.monotonic()
    js = here.jetstream()
    for body in bodies(folder):
        waiting.append(js.publish("bench", body))
        count += 1
        if len(waiting) == IN_FLIGHT:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)
    published = time.monotonic() - started
    started = time.monotonic()
    await there.jetstream().add_stream(StreamConfig(name="copy", mirror=source))
    while (await there.jetstream().stream_info("copy")).state.messages < count:
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - started
    await here.close()
    await there.close()
    return {
        "entries": float(count),
        "inserted at the owner /s": count / published,
        "exchange /s": count / seconds,
        "exchange us/record": seconds / count * 1e6,
    }
