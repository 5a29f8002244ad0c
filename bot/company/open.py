"""Opens the company that the settings name: the real one, or the demo company in this process."""

import httpx

from bot.clock import Clock
from bot.company.client import HttpCompany
from bot.company.demo import create_demo
from bot.settings import Settings


def open_company(settings: Settings, clock: Clock) -> HttpCompany:
    """Return the client of the company's systems; close it with `aclose`.

    Args:
        settings: Without `company_url` the demo company answers, through the
            same client, and keeps its bookings in `data/demo-company`.
        clock: What day the demo company thinks it is.
    """
    if settings.company_url:
        return HttpCompany(str(settings.company_url), settings.company_token)
    demo = create_demo(settings.data / "demo-company", clock, settings.zone)
    # A bug or a full disk in the demo must look like a server error, as it would over HTTP.
    transport = httpx.ASGITransport(demo, raise_app_exceptions=False)
    return HttpCompany("http://demo.company", transport=transport)
