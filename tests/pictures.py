"""Pictures of pages for docs/: written when KALM_PICTURES names a folder, and else not at all."""

import os
from pathlib import Path

from playwright.async_api import Locator, Page

FOLDER = "KALM_PICTURES"
"""Of the environment: where pictures go, as KALM_PICTURES=docs/images."""
SCALE = 2 if os.environ.get(FOLDER) else 1
"""Pixels of a picture for one of the page."""


async def picture(of: Page | Locator, name: str) -> None:
    """Take a picture of what a page shows, if pictures are wanted.

    Args:
        of: A page as it is seen, or a part of it.
        name: Of the file, without its ending.
    """
    folder = os.environ.get(FOLDER)
    if folder:
        await of.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")
