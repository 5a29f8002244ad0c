"""Measures how fast Kalm answers, with one call and with many, beside a stock pipecat bot.

    python bench/speed.py [--calls 1 2 3 4 8 12] [--peer-calls 1 3] [--no-peer] [--json FILE]

Both bots are processes of their own, reached over the Twilio protocol by the same callers with
the same sound at the pace of real calls: a turn every 8 s in each call, as many turns as make the
figure steady in the time there is (`--turns` sets another number). The callers run on the same
machine and take of its cores what the table says. The peer hears English only, so it is called
in English, as Kalm is where the two are compared; Kalm's several calls are half Dutch, half
English, and its own limit of calls is lifted (it is told). Two short calls go before: Kalm keeps
the sound of sentences that never change. Told besides: from the start of the process with cached
models until it answers, for the first time, when it learns from the intents, and once more; the
most resident memory of the process and its children; and where the time of a turn goes, by Kalm's
own events. About a quarter of an hour; no bot is waited for longer than three minutes.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots import Bot, Cost, kalm, peer
from figures import percentile, rounded, table
from load import Call, call
from rich.console import Console

from bot.commands.robot_voice import robot_voice
from bot.events import Language
from bot.line.robot_api import RobotApi
from bot.line.robot_script import Step, read_step

LINES: dict[Language, tuple[str, ...]] = {
    "nl": (
        "Wat zijn uw openingstijden?",
        "Ik wil graag weten of mijn betaling binnen is.",
        "Vier zeven één één nul negen.",
        "Dat weet ik niet precies.",
        "Wat zijn uw openingstijden op zaterdag?",
        "Kunt u dat herhalen?",
        "Nee, dat bedoel ik niet.",
        "Wat zijn uw openingstijden?",
    ),
    "en": (
        "What are your opening hours?",
        "I would like to know whether my payment has arrived.",
        "Four seven one one zero nine.",
        "I don't know that exactly.",
        "What are your opening hours on Saturday?",
        "Could you repeat that, please?",
        "No, that is not what I mean.",
        "What are your opening hours?",
    ),
}
VOICES: dict[Language, str] = {"nl": "mb-nl2", "en": "en-gb"}
TURNS = {1: 10, 2: 8, 3: 8, 4: 7, 8: 6, 12: 5}
"""How many turns of each call, by the number of calls."""
WARM_UP = 4
"""Turns of two calls before those that are measured: sentences that never change are kept."""
STAGGER_S = 1.3
"""From one caller to the next, so that they do not speak in step."""


@dataclass
class Measured:
    """What so many calls at once noticed."""

    bot: str
    calls: int
    languages: str
    p50_s: float
    p95_s: float
    answers_s: list[float]
    unanswered: int
    lost: list[str]
    """Why, of each call that broke or was refused."""
    gaps_s: list[float]
    """Silences within what the bot said."""
    greeting_p50_s: float
    every_s: float
    """From one turn of a call to its next, on the mean."""
    memory_mb: float
    cores: float
    """Busy with the bot, on the mean."""
    callers_cores: float
    """Busy with the callers."""
    stages: list[dict[str, float]] = field(default_factory=list)
    """Of each turn, as the bot itself timed it."""


def scripts() -> dict[Language, list[Step]]:
    """Speak the callers' lines once."""
    made: dict[Language, list[Step]] = {}
    for language, lines in LINES.items():
        voice = robot_voice(language, VOICES[language])
        made[language] = [read_step(line, language, voice) for line in lines]
    return made


async def measure(
    bot: Bot,
    count: int,
    languages: Sequence[Language],
    spoken: dict[Language, list[Step]],
    turns: int,
) -> Measured:
    """Let so many callers call at once, a little after one another."""
    chosen = [languages[each % len(languages)] for each in range(count)]
    cost = Cost(bot)
    watching = asyncio.create_task(cost.watch())
    made: list[Call] = await asyncio.gather(
        *(
            call(bot.url, _lines(spoken[language], turns), language, after_s=STAGGER_S * place)
            for place, language in enumerate(chosen)
        )
    )
    watching.cancel()
    cores, callers_cores = cost.cores
    answers = [seconds for one in made for seconds in one.answers_s]
    greetings = [one.greeting_s for one in made if one.greeting_s is not None]
    pace = [seconds for one in made for seconds in one.every_s]
    return Measured(
        bot=bot.name,
        calls=count,
        languages="+".join(languages),
        p50_s=percentile(answers, 0.5),
        p95_s=percentile(answers, 0.95),
        answers_s=answers,
        unanswered=sum(one.unanswered for one in made),
        lost=[one.lost for one in made if one.lost is not None],
        gaps_s=[gap for one in made for gap in one.gaps_s],
        greeting_p50_s=percentile(greetings, 0.5),
        every_s=round(sum(pace) / len(pace), 2) if pace else float("nan"),
        memory_mb=round(cost.memory_mb),
        cores=round(cores, 2),
        callers_cores=round(callers_cores, 2),
        stages=await timed(bot, made),
    )


def _lines(steps: Sequence[Step], turns: int) -> list[Step]:
    return [steps[number % len(steps)] for number in range(turns)]


async def timed(bot: Bot, calls: Sequence[Call]) -> list[dict[str, float]]:
    """Return the stages of each turn, as a bot with a record timed them."""
    if bot.token is None:
        return []
    api = RobotApi(bot.url, bot.token)
    try:
        events = [event for one in calls for event in await api.events(one.call_id)]
    finally:
        await api.close()
    bodies = [event.body.model_dump() for event in events if event.body.kind == "TurnTimed"]
    return [body["stages"] for body in bodies]


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for."""
    spoken = scripts()
    results: list[Measured] = []
    ready: dict[str, float] = {}
    capacity: int | None = None
    console = Console(stderr=True)

    async def at_once(bot: Bot, count: int, languages: Sequence[Language]) -> None:
        turns = arguments.turns or TURNS.get(count, 6)
        console.print(f"{bot.name}: {count} calls, {turns} turns each ...")
        results.append(await measure(bot, count, languages, spoken, turns))
        if arguments.json:  # what is measured stands, whatever becomes of the rest
            arguments.json.write_text(json.dumps(so_far(), indent=1) + "\n")

    def so_far() -> dict[str, Any]:
        return {
            "bench": "speed",
            "at": datetime.now(UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.python_version()}",
            "ready_s": ready,
            "capacity": capacity,
            "measured": [asdict(each) for each in results],
        }

    with tempfile.TemporaryDirectory(prefix="kalm-speed-") as temporary:
        folder = Path(temporary)
        (folder / "first").mkdir()
        async with kalm(folder / "first") as bot:
            ready[bot.name] = bot.ready_s
            capacity = await bot.capacity()
        async with kalm(folder / "first") as bot:
            ready[f"{bot.name} again"] = bot.ready_s
        # Refused calls would tell nothing of how cost grows; its own limit is told beside it.
        at_most = {"KALM_CALLS_AT_MOST": str(2 * max(arguments.calls))}
        async with kalm(folder, at_most) as bot:
            console.print("Kalm speaks what never changes ...")
            await bot.spoken_ahead()
            await measure(bot, 2, ("nl", "en"), spoken, min(arguments.turns or WARM_UP, WARM_UP))
            for count in arguments.calls:
                await at_once(bot, count, ("nl", "en") if count > 1 else ("en",))
        if not arguments.no_peer:
            async with peer(folder) as bot:
                ready[bot.name] = bot.ready_s
                for count in arguments.peer_calls:
                    await at_once(bot, count, ("en",))
    return so_far()


def shown(result: dict[str, Any]) -> str:
    """Return the figures as tables."""
    rows = [
        [
            f"{each['bot']}, {each['calls']} x {each['languages']}",
            rounded(each["p50_s"], "{:.2f}".format),
            rounded(each["p95_s"], "{:.2f}".format),
            str(len(each["answers_s"])),
            str(each["unanswered"]),
            str(len(each["lost"])),
            str(len(each["gaps_s"])),
            rounded(max(each["gaps_s"], default=float("nan")), "{:.2f}".format),
            rounded(each["every_s"], "{:.1f}".format),
            f"{each['memory_mb']:.0f}",
            f"{each['cores']:.2f}",
            f"{each['callers_cores']:.2f}",
        ]
        for each in result["measured"]
    ]
    head = ["calls", "p50 s", "p95 s", "answers", "unanswered", "lost", "gaps", "longest s"]
    starts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result["ready_s"].items())
    first = {each["bot"]: each["p50_s"] for each in result["measured"] if each["calls"] == 1}
    ratio = ""
    if first.keys() >= {"Kalm", "stock pipecat"}:
        share = first["Kalm"] / first["stock pipecat"]
        ratio = f"\n\np50 of one call: {share:.2f} of the stock bot's (bar 0.25)."
    lost = [f"{each['calls']} calls: {why}" for each in result["measured"] for why in each["lost"]]
    capacity = (
        f"\nCalls that Kalm takes on this machine by its own measure: {result.get('capacity')}."
    )
    return (
        table([*head, "a turn every s", "MB", "cores", "callers' cores"], rows)
        + f"\n\nStart with cached models until ready: {starts}."
        + capacity
        + ratio
        + "".join(f"\n{why}" for why in lost)
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description="How fast bots answer.")
    parser.add_argument("--calls", type=int, nargs="+", default=list(TURNS))
    parser.add_argument("--peer-calls", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--turns", type=int, help="Of each call.")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--json", type=Path, help="Write the figures here.")
    arguments = parser.parse_args()
    print(shown(asyncio.run(run(arguments))))


if __name__ == "__main__":
    main()
