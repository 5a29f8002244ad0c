"""RobotApi: what Kalm itself says of a call, for the robot's report; other bots say nothing."""

from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from bot.events import Event

_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])


class RobotApi:
    """Reads `/api/calls/{id}` beside a line's websocket."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """Look beside a line.

        Args:
            url: The line's websocket.
            token: Bearer token of the API.
        """
        parts = urlsplit(url)
        scheme = "https" if parts.scheme == "wss" else "http"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(
            base_url=f"{scheme}://{parts.netloc}", headers=headers, timeout=5, trust_env=False
        )

    async def events(self, call_id: str) -> list[Event]:
        """Return the call's events so far; none if this is not Kalm, or it won't tell us."""
        found = await self._get(f"/api/calls/{call_id}")
        try:
            return _EVENTS.validate_python(found.get("events", []) if found else [])
        except ValidationError:
            return []

    async def card(self, call_id: str) -> dict[str, Any] | None:
        """Return the call's card as it is now."""
        return await self._get(f"/api/calls/{call_id}/card")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _get(self, path: str) -> dict[str, Any] | None:
        try:
            response = await self._client.get(path)
            found = response.json() if response.is_success else None
        except (httpx.HTTPError, ValueError):
            return None
        return found if isinstance(found, dict) else None
