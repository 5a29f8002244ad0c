"""A demo company on a fixed day, reached in this process or over real HTTP."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.company.client import HttpCompany
from bot.company.demo import create_demo
from tests.company.serving import Stage

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
ZONE = ZoneInfo("Europe/Amsterdam")


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **much: float) -> None:
        self.now += timedelta(**much)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The real HTTP server; a test puts its app on it."""
    stage = Stage()
    with stage.open() as stage.url:
        yield stage


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def demo(tmp_path: Path, clock: Hands) -> Callable[[], HttpCompany]:
    """Opens the demo in this process, each time anew from the same folder, as after a restart."""

    def opened() -> HttpCompany:
        app = create_demo(tmp_path, clock, ZONE)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return HttpCompany("http://demo.test", transport=transport)

    return opened


@pytest.fixture(params=["in this process", "over HTTP"])
async def company(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Hands, stage: Stage
) -> AsyncIterator[HttpCompany]:
    """The same demo through the same client, both ways."""
    app = create_demo(tmp_path, clock, ZONE, token="open-sesame")
    if request.param == "in this process":
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with HttpCompany("http://demo.test", "open-sesame", transport) as client:
            yield client
    else:
        stage.app = app
        async with HttpCompany(stage.url, "open-sesame") as client:
            yield client
