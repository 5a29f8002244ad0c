"""Files contacts over a cut line until it is killed; for test_filing."""

import asyncio
import sys
from pathlib import Path

from tests.test_filing import Centre


async def main() -> None:
    """Run for as long as nobody kills us."""
    centre = Centre(Path(sys.argv[1]))
    centre.lines.cut = True
    async with centre.journal, centre.company, centre.filing():
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
