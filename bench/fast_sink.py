"""A server in a process of its own that takes all it is given, as fast as it can.

python -m bench.fast_sink smtp|http PORT
"""

import asyncio
import re
import sys

ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n", b"EHLO": b"250 sink\r\n"}
TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nOK"
LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


async def take_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        writer.write(ANSWERS.get(word, b"250 OK\r\n"))
        if word == b"DATA":
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 taken\r\n")
        elif word == b"QUIT":
            break
    writer.close()


async def take_requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if length := LENGTH.search(head):
                await reader.readexactly(int(length[1]))
            writer.write(TAKEN)
    except asyncio.IncompleteReadError:
        writer.close()


async def main(protocol: str, port: int) -> None:
    take = take_mail if protocol == "smtp" else take_requests
    server = await asyncio.start_server(take, "127.0.0.1", port, limit=1 << 20)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
