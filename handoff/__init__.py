"""The human side: cards, agents, incidents and the pages they use."""

from handoff.measures import KeptMeasures
from handoff.site import mount

__all__ = ["KeptMeasures", "mount"]
