"""A real Chromium with a fake microphone, for every test of a page that is called from."""

import shutil
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soxr
from playwright.async_api import Page, async_playwright, expect

from tests.pictures import SCALE

PATIENCE_MS = 60_000
"""How long a page may take for anything; only a slow machine ever needs it."""
expect.set_options(timeout=PATIENCE_MS)

PASSWORD = "zomer-en-winter"
"""Of everybody in these tests."""
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
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_program(), args=arguments
            )
            context = await browser.new_context(
                locale=locale,
                color_scheme="dark" if dark else "light",
                permissions=["microphone"] if allowed else [],
                viewport={"width": size[0], "height": size[1]},
                device_scale_factor=SCALE,
            )
            page = await context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            await page.goto(url)
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
