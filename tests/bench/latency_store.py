# SPDX-License-Identifier: Apache-2.0
"""A store that answers late: objects of a folder, as S3 serves them, each request so many milliseconds after it came.

latency_store.py FOLDER LATENCY_MS: serves FOLDER as the bucket "data", and prints the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

KEYS_A_LIST = 1000


def listing(folder: Path, query: dict[str, list[str]]) -> bytes:
    prefix = query["prefix"][0]
    after = query.get("marker", [""])[0]
    keys = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    keys = [key for key in keys if key.startswith(prefix) and key > after]
    contents = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2025-12-03T15:30:00.000Z</LastModified><ETag>&quot;1&quot;</ETag>"
        f"<Size>{(folder / key).stat().st_size}</Size></Contents>"
        for key in keys[:KEYS_A_LIST]
    )
    truncated = str(len(keys) > KEYS_A_LIST).lower()
    return (
        f"<?xml version='1.0'?><ListBucketResult><Name>data</Name><Prefix>{prefix}</Prefix>"
        f"<IsTruncated>{truncated}</IsTruncated>{contents}</ListBucketResult>"
    ).encode()


class Store:
    def __init__(self, folder: Path, latency_s: float) -> None:
        self.folder = folder
        self.latency_s = latency_s

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await asyncio.sleep(self.latency_s)
                await self.answer(head, writer)
        writer.close()

    async def answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        method, address, _ = head.split("\r\n", 1)[0].split(" ")
        split = urlsplit(address)
        query = parse_qs(split.query)
        path = self.folder / unquote(split.path).removeprefix("/data/")
        if "prefix" in query:
            await self.send(writer, 200, listing(self.folder, query))
        elif not path.is_file():
            await self.send(writer, 404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            await self.send_file(writer, method, path, head)

    async def send(self, writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    async def send_file(self, writer: asyncio.StreamWriter, method: str, path: Path, head: str) -> None:
        size = path.stat().st_size
        first, last, status, content_range = 0, size - 1, 200, ""
        for line in head.lower().split("\r\n"):
            if line.startswith("range: bytes="):
                begin, _, end = line.removeprefix("range: bytes=").partition("-")
                first, last = int(begin), min(int(end or size - 1), size - 1)
                status, content_range = 206, f"Content-Range: bytes {first}-{last}/{size}\r\n"
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {last - first + 1}\r\n{content_range}Accept-Ranges: bytes\r\n"
            f'ETag: "1"\r\nLast-Modified: {formatdate(path.stat().st_mtime, usegmt=True)}\r\n\r\n'.encode()
        )
        await writer.drain()
        if method == "HEAD":
            return
        with path.open("rb") as file:
            await asyncio.get_running_loop().sendfile(writer.transport, file, first, last - first + 1)


async def main(folder: Path, latency_s: float) -> None:
    server = await asyncio.start_server(Store(folder, latency_s).serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]) / 1000))
