"""A model on this machine that takes a fixed time for each call: completions and chat by HTTP/1.1, any number at once. Prints its port.

    python benchmarks/peers/model.py [MILLISECONDS]

GET /bill gives the calls it worked for so far. Only the standard library, so that every environment can run it.
"""

import asyncio
import json
import sys
from typing import Any

billed = 0


def completion(asked: dict[str, Any]) -> bytes:
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    if "prompt" in asked:
        choice["text"] = asked["prompt"] if isinstance(asked["prompt"], str) else asked["prompt"][0]
    else:
        said = asked["messages"][-1]["content"]
        text = said if isinstance(said, str) else said[-1]["text"]
        choice["message"] = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    answer = {"id": f"c-{billed}", "object": "chat.completion", "created": 1, "model": asked["model"]}
    return json.dumps(answer | {"choices": [choice], "usage": usage}).encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    global billed
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            if head.startswith("GET"):
                answer = json.dumps({"calls": billed}).encode()
            else:
                billed += 1
                await asyncio.sleep(seconds)
                answer = completion(json.loads(body))
            opening = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
            )
            writer.write(opening.encode() + answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(seconds: float) -> None:
    server = await asyncio.start_server(lambda *pair: serve(*pair, seconds), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.05))
