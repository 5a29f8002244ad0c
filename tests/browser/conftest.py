"""A real Chromium with a fake microphone, for every test of a page that is called from."""

import asyncio
import shutil
import warnings
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from tests.pictures import SCALE

PATIENCE_MS = 60_000
"""How long a page may take for anything; only a slow machine ever needs it."""
expect.set_options(timeout=PATIENCE_MS)

PASSWORD = "zomer-en-winter"
"""Of everybody in these tests."""
STARTS = 3
"""How often Chromium is started for one page: once in thousands of times its main process is gone
(SIGSEGV in code of its own, seen in a crash report) before any page of ours was shown."""
RATE = 48000
"""Hz of what Chromium plays as a microphone."""

Visit = Callable[..., AbstractAsyncContextManager[Page]]
"""visit(url, microphone=FILE, allowed=True, locale="nl-NL", dark=False) opens a page."""


def chromium_program() -> str:
    """Return the path of the system's Chromium; a test that needs it can't be skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is not installed: run tests/needs.sh, or apt-get install chromium"
    return found


def write_microphone(file: Path, pcm: bytes, rate: int, *, quiet_after: float = 60.0) -> Path:
    """Write what the fake microphone says; Chromium repeats it from the top at the end.

    Args:
        file: Where to write.
        pcm: PCM16 mono.
        rate: Its sample rate.
        quiet_after: Seconds of silence before it is repeated.
    """
    samples = np.frombuffer(pcm, "<i2")
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE)
    silence = np.zeros(int(quiet_after * RATE), dtype="<i2")
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.concatenate([samples, silence]).astype("<i2").tobytes())
    return file


async def _shown(browser: Browser, url: str, errors: list[str], **looks: Any) -> Page | None:
    """Return a page with what is at `url`, or None if the browser went down before it was there.

    Args:
        browser: Just started.
        url: What to show.
        errors: Gets what scripts of the page report.
        looks: Of `Browser.new_context`.
    """
    gone = asyncio.Event()
    browser.on("disconnected", lambda _browser: gone.set())
    try:
        page = await (await browser.new_context(**looks)).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(url)
    except Error:
        with suppress(TimeoutError):  # that it went down may be heard just after
            await asyncio.wait_for(gone.wait(), 5)
        if gone.is_set():
            return None
        raise
    return page


@pytest.fixture
def visit() -> Visit:
    """Open pages in a browser of their own; console errors fail the test."""

    @asynccontextmanager
    async def opened(
        url: str,
        *,
        microphone: Path | None = None,
        allowed: bool = True,
        locale: str = "nl-NL",
        dark: bool = False,
        size: tuple[int, int] = (900, 900),
    ) -> AsyncIterator[Page]:
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        arguments += ["--use-fake-device-for-media-stream"]
        arguments += ["--use-fake-ui-for-media-stream" if allowed else "--deny-permission-prompts"]
        if microphone is not None:
            arguments.append(f"--use-file-for-fake-audio-capture={microphone}")
        looks = {
            "locale": locale,
            "color_scheme": "dark" if dark else "light",
            "permissions": ["microphone"] if allowed else [],
            "viewport": {"width": size[0], "height": size[1]},
            "device_scale_factor": SCALE,
        }
        errors: list[str] = []
        async with async_playwright() as playwright:
            for _start in range(STARTS):
                browser = await playwright.chromium.launch(
                    executable_path=chromium_program(), args=arguments
                )
                page = await _shown(browser, url, errors, **looks)
                if page is not None:
                    break
                warnings.warn("Chromium went down before it showed a page", stacklevel=2)
            assert page is not None, f"Chromium went down {STARTS} times before it showed {url}"
            try:
                yield page
            finally:
                await browser.close()
            assert errors == []

    return opened


async def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Log in, and wait until the scripts of the page that follows are there: it takes keys."""
    await page.get_by_label("Naam").fill(name)
    await page.get_by_label("Wachtwoord").fill(password)
    async with page.expect_event("load"):
        await page.keyboard.press("Enter")
