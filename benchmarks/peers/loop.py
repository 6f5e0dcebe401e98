"""The floor of an engine: asyncio and httpx, nothing kept. So many samples, so many at once; one JSON line: seconds and processor.

python benchmarks/peers/loop.py PORT SAMPLES CONCURRENCY
"""

import asyncio
import json
import sys
import time

import httpx


async def main(port: int, samples: int, concurrency: int) -> int:
    right, turns = 0, asyncio.Semaphore(concurrency)
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def ask(number: int) -> None:
            nonlocal right
            async with turns:
                words = f"Say {number}"
                body = {"model": "echo", "max_tokens": 64, "messages": [{"role": "user", "content": words}]}
                reply = await client.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body)
                right += reply.json()["choices"][0]["message"]["content"] == words

        await asyncio.gather(*(ask(number) for number in range(samples)))
    return right


if __name__ == "__main__":
    start = time.perf_counter()
    found = asyncio.run(main(*map(int, sys.argv[1:4])))
    print(
        json.dumps({"seconds": time.perf_counter() - start, "processor": time.process_time(), "right": found})
    )
