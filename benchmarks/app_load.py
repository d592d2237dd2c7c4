"""Many users of one server, without browsers: how long ten of them wait, what a closed session leaves in memory.

    python benchmarks/app_load.py [page [knob]] [--users 10] [--rate 4] [--seconds 10] [--sessions 40]

Targets on two idle cores: ten users at four moves a second each wait at most 200 ms (p95, 800 at most) for the first
numbers of their question; a closed session leaves at most 0.2 MB (0.5) in the server; the first request to a server
started with --warm --reuse-sessions is answered within 0.5 s (3).

A user is a websocket that speaks Bokeh's protocol: it says that the document is ready, moves a slider's model and waits
for the numbers of that very question. What the server pays is all there, what a browser pays for painting is not
(benchmarks/app_latency.py). Resident memory is read after every session has expired and the heap was collected.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
import urllib.request
from itertools import count
from pathlib import Path

from serving import served
from timing import table
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ORDER = count()
LIFETIME = 5000  # milliseconds after which the server forgets a session that nobody holds


class User:
    """One browser's share of the protocol on a page."""

    def __init__(self, url: str, page: str):
        self.url, self.page = url, page
        self.models: list[dict] = []
        self.shows = ""  # the question of the last numbers

    async def open(self) -> None:
        """Load the page, open its websocket, take the document, say that it is ready."""
        loop = asyncio.get_running_loop()
        address = f"{self.url}?page={self.page}"
        page = await loop.run_in_executor(None, lambda: urllib.request.urlopen(address, timeout=60).read().decode())
        token = re.search(r'"token":\s*"([^"]+)"', page)[1]
        request = HTTPRequest(f"ws{self.url.removeprefix('http')}/ws")
        self.socket = await websocket_connect(
            request, subprotocols=["bokeh", token], max_message_size=100_000_000, ping_interval=None
        )
        await self.hear()  # ACK
        await self.say("PULL-DOC-REQ", {})
        kind, content = await self.hear()
        while kind != "PULL-DOC-REPLY":
            kind, content = await self.hear()
        self.models = list(_models(content["doc"]))
        ready = {"type": "event", "name": "document_ready", "values": _map()}
        await self.patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": ready})

    async def say(self, kind: str, content: dict) -> None:
        """Send one message."""
        header = {"msgid": f"load-{next(ORDER)}", "msgtype": kind}
        for fragment in (header, {}, content):
            await self.socket.write_message(json.dumps(fragment))

    async def hear(self) -> tuple[str, dict]:
        """Receive one message: its type and content; buffers are dropped."""
        fragments = [json.loads(await self._read()) for _ in range(3)]
        for _ in range(2 * fragments[0].get("num_buffers", 0)):
            await self._read()
        return fragments[0]["msgtype"], fragments[2]

    async def _read(self):
        data = await self.socket.read_message()
        if data is None:
            raise SystemExit("the server closed the connection.")
        return data

    async def patch(self, *events: dict) -> None:
        """Send changes of the document."""
        await self.say("PATCH-DOC", {"events": list(events)})

    def slider(self, knob: str) -> dict:
        """The row of the slider with this label, and the board on which it stands."""
        found = {row["label"]: {**row, "board": board} for board, row in _sliders(self.models)}
        if knob not in found:
            raise SystemExit(f"no slider {knob} on {self.page}: there are {', '.join(found)}.")
        return found[knob]

    async def move(self, slider: dict, value: float) -> float:
        """Move a slider and wait for the first numbers of the new question; gives the seconds."""
        begun = time.perf_counter()
        told = _map(serial=next(ORDER), name=slider["name"], act="turn", value=value)
        event = {"type": "event", "name": "data_event", "values": _map(model={"id": slider["board"]}, data=told)}
        await self.patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event})
        while True:
            kind, content = await self.hear()
            shows = re.search(r'data-shows=\\"([^"]*)"', json.dumps(content)) if kind == "PATCH-DOC" else None
            if shows and shows[1] != self.shows:
                self.shows = shows[1]
                return time.perf_counter() - begun

    def close(self) -> None:
        """Leave."""
        self.socket.close()


def _models(node):
    """Every model of a document, wherever it stands."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "id" in node:
            yield {"attributes": {}, **node}
        for value in node.values():
            yield from _models(value)
    elif isinstance(node, list):
        for value in node:
            yield from _models(value)


def _sliders(models):
    """The sliders of all boards: the board's id and the row."""
    for model in models:
        data = model["attributes"].get("data")
        for row in data["attributes"].get("rows", []) if isinstance(data, dict) and "attributes" in data else []:
            told = dict(row["entries"]) if isinstance(row, dict) and "entries" in row else {}
            if told.get("kind") == "number":
                yield model["id"], told


def _map(**entries):
    """A dictionary as the protocol writes it."""
    return {"type": "map", "entries": [[key, value] for key, value in entries.items()]}


async def waits(url: str, page: str, knob: str, users: int, rate: float, seconds: float) -> list[float]:
    """Seconds that each move of each user took; a user moves `rate` times a second, or as soon as the last is done."""
    everyone = [User(url, page) for _ in range(users)]
    for user in everyone:
        await user.open()
    until = time.perf_counter() + seconds

    async def turn(user, number):
        slider, took = user.slider(knob), []
        low, high = slider["start"], slider["end"]
        await asyncio.sleep(number / users / rate)
        while (now := time.perf_counter()) < until:
            share = (0.13 * number + 0.0317 * len(took) + time.time() % 1e-3) % 1.0
            took.append(await user.move(slider, low + (high - low) * (0.2 + 0.6 * share)))
            await asyncio.sleep(max(0.0, now + 1 / rate - time.perf_counter()))
        user.close()
        return took[2:]  # the first ones come while others still open

    return sum(await asyncio.gather(*(turn(user, number) for number, user in enumerate(everyone))), [])


async def visits(url: str, page: str, knob: str, sessions: int) -> None:
    """That many users come one after another, move once, and leave."""
    for _ in range(sessions):
        user = User(url, page)
        await user.open()
        slider = user.slider(knob)
        await user.move(slider, 0.5 * (slider["start"] + slider["end"]) + 0.01)
        user.close()


def left_behind(server: int, url: str, page: str, knob: str, sessions: int) -> float:
    """Megabytes by which each of `sessions` closed sessions makes the server grow, after as many to settle."""
    sizes = []
    for _ in range(2):
        asyncio.run(visits(url, page, knob, sessions))
        time.sleep(4 * LIFETIME / 1000)
        sizes.append(_resident(server))
    return (sizes[1] - sizes[0]) / sessions


def _resident(pid: int) -> float:
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", default="patterns")
    parser.add_argument("knob", nargs="?", default="temperature")
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--rate", type=float, default=4.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--sessions", type=int, default=40)
    options = parser.parse_args()
    short = ("--unused-session-lifetime", str(LIFETIME), "--check-unused-sessions", str(LIFETIME))
    with served("--warm", "--reuse-sessions", rest=False) as (_, _, first):
        pass
    with served(*short) as (server, url, _):
        took = sorted(asyncio.run(waits(url, options.page, options.knob, options.users, options.rate, options.seconds)))
        grown = left_behind(server, url, options.page, options.knob, options.sessions)
    at = lambda share: f"{1e3 * took[min(len(took) - 1, int(share * len(took)))]:.0f}"  # noqa: E731
    head = ("page", "knob", "first request ms", "users", "moves", "p50 ms", "p95 ms", "MB a closed session")
    row = (options.page, options.knob, f"{1e3 * first:.0f}", str(options.users), str(len(took)), at(0.5), at(0.95),
           f"{grown:.2f}")  # fmt: skip
    print(table(head, [row]))


if __name__ == "__main__":
    main()
