"""How soon a request is seen: 20 callers wait, 50 desks are open, and one more asks for a person.

Run: `.venv/bin/python -m bench.offers [--calls 60] [--desks 50] [--waiting 20]`. The desk is
served by a process of its own, with real timers on SQLite; every desk has its list and its
offers open over real connections. Ends with one JSON object, milliseconds from the request's
being stored: `row_p95_ms` until the last desk shows the card, `offer_p95_ms` until the
agent's page shows the offer.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI

from bot.events import (
    CallEnded,
    CallerIdentified,
    CallerSpoke,
    CallStarted,
    HandoffRequested,
    Language,
    Understood,
)
from handoff import mount, passwords
from handoff.accounts import Accounts
from handoff.agents import Profile
from handoff.cards import Cards
from handoff.dispatch import Dispatcher
from handoff.guard import SESSION_COOKIE
from handoff.jobs import Jobs, jobs_url
from handoff.store.journal import DurableJournal
from handoff.wrapup import WrapUp

ZONE = ZoneInfo("Europe/Amsterdam")


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def serve(url: str, calls: int, desks: int, waiting: int) -> None:
    """Serve the desk, let callers come, and print the moment of each request."""
    jobs = Jobs(jobs_url(url))
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    async with DurableJournal(url, utc_now) as journal:
        accounts = Accounts(journal.database, utc_now)
        dispatcher = Dispatcher.build(journal, jobs, utc_now)
        cards = Cards(journal, utc_now, ZONE)
        app = FastAPI()
        mount(app, journal, accounts, utc_now, ZONE, dispatcher=dispatcher)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        await jobs.start()
        await dispatcher.start()
        tokens = []
        for n in range(desks):
            name = f"Agent {n}"
            # Those who wait speak another language: they stay, whoever is free.
            await dispatcher.agents.set(Profile(name=name, languages=frozenset({"nl"})))
            session = await accounts.log_in(name, await accounts.add_user(name), f"192.0.2.{n}")
            assert session is not None
            tokens.append(session.token)
        print(json.dumps({"port": port, "tokens": tokens}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # until all desks are open
        for n in range(waiting):
            await talk(journal, f"waits-{n}", "en")
            await journal.append(f"waits-{n}", HandoffRequested(reason="caller_asked"))
        for n in range(calls):
            call_id, agent = f"call-{n}", f"Agent {n % desks}"
            await talk(journal, call_id)
            await dispatcher.presences.choose(agent, "available")
            await asyncio.sleep(0.5)
            began = time.time()
            await journal.append(call_id, HandoffRequested(reason="caller_asked"))
            print(json.dumps({"call": call_id, "at": began}), flush=True)
            await asyncio.sleep(1.0)
            await dispatcher.presences.choose(agent, "away")
            await journal.append(call_id, CallEnded(outcome="abandoned", by="caller"))
            await cards.accept(call_id, agent)
            await cards.close(call_id, agent, WrapUp("not_reached"), any_card=False)
        await asyncio.sleep(1)
        print("{}", flush=True)
        await dispatcher.close()
        await jobs.close()
        server.should_exit = True
        server.force_exit = True
        await running


async def talk(journal: DurableJournal, call_id: str, language: Language = "nl") -> None:
    """A call of forty events before anybody asks for a person."""
    known = CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="number_on_line")
    spoke = CallerSpoke(words="ik heb een vraag over mijn rekening", language=language)
    meant = [Understood(of=3 + 2 * n, intent="check_payment", confidence=0.9) for n in range(19)]
    said = [body for each in meant for body in (spoke, each)]
    await journal.open(call_id, CallStarted(line="twilio", language=language), known, *said)


async def events_of(client: httpx.AsyncClient, path: str) -> AsyncIterator[tuple[str, float]]:
    """Yield the data of each event of a stream, with the moment at which it came."""
    async with client.stream("GET", path, timeout=None) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                yield line[5:].strip(), time.time()


async def watch(
    port: int, token: str, path: str, seen: dict[str, list[list[float]]], opened: asyncio.Semaphore
) -> None:
    """Note when each call is told on one stream, in a list of that stream's own."""
    cookies = {SESSION_COOKIE: token}
    url = f"http://127.0.0.1:{port}"
    mine: dict[str, list[float]] = {}
    async with httpx.AsyncClient(base_url=url, cookies=cookies) as client:
        opened.release()
        async for data, at in events_of(client, path):
            told = json.loads(data)
            call = told.get("call") or (told.get("offer") or {}).get("call")
            if call and call not in mine:
                mine[call] = []
                seen.setdefault(call, []).append(mine[call])
            if call:
                mine[call].append(at)


async def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--waiting", type=int, default=20)
    parser.add_argument("--serve")
    asked = parser.parse_args()
    if asked.serve:
        await serve(asked.serve, asked.calls, asked.desks, asked.waiting)
        return
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite+aiosqlite:///{folder / 'kalm.db'}"
        numbers = [f"--{k}={getattr(asked, k)}" for k in ("calls", "desks", "waiting")]
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.offers", "--serve", url, *numbers,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1_000_000,
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdin is not None
        told = json.loads(await child.stdout.readline())
        rows: dict[str, list[list[float]]] = {}
        offers: dict[str, list[list[float]]] = {}
        opened = asyncio.Semaphore(0)
        for token in told["tokens"]:
            for path, seen in (("/desk/live?after=0", rows), ("/desk/offer/live", offers)):
                task = asyncio.create_task(watch(told["port"], token, path, seen, opened))
                stack.callback(task.cancel)
                await opened.acquire()
        await asyncio.sleep(3)
        child.stdin.write(b"\n")
        requests: dict[str, float] = {}
        while call := json.loads(await child.stdout.readline()):
            requests[call["call"]] = call["at"]
        await child.wait()
        # Of each desk the first time: the row changes again when the card is taken and closed.
        first = {
            call: [min((t for t in desk if t >= at), default=None) for desk in rows.get(call, ())]
            for call, at in requests.items()
        }
        at_all = {
            call: [t for t in times if t is not None]
            for call, times in first.items()
            if len(times) >= asked.desks and None not in times
        }
        shown = [1000 * (max(times) - requests[call]) for call, times in at_all.items()]
        offered = [
            1000 * (min(t for desk in offers[call] for t in desk) - at)
            for call, at in requests.items()
            if call in offers
        ]
        print(
            json.dumps(
                {
                    "calls": len(requests),
                    "rows": len(shown),
                    "row_p50_ms": round(float(np.percentile(shown, 50))),
                    "row_p95_ms": round(float(np.percentile(shown, 95))),
                    "offers": len(offered),
                    "offer_p50_ms": round(float(np.percentile(offered, 50))),
                    "offer_p95_ms": round(float(np.percentile(offered, 95))),
                }
            )
        )


if __name__ == "__main__":
    asyncio.run(main())
