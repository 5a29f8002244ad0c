"""The human side: cards, agents and the pages they use."""

from handoff.site import mount

__all__ = ["mount"]
