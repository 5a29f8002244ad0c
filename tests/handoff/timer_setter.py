"""Sets a timer for a little later and waits to be killed; for test_jobs."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.handoff.test_jobs import Bells, running


async def main() -> None:
    """Run for as long as nobody kills us."""
    async with running(Path(sys.argv[1]), Bells()) as jobs:
        moment = datetime.now(UTC) + timedelta(seconds=3)
        await jobs.at("bell", "k", moment, {"name": "survived"})
        print("set", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
