"""Durable storage: tables, migrations and the journal of calls."""

from handoff.store.journal import CallSummary, CallUnknown, DurableJournal, Placed

__all__ = ["CallSummary", "CallUnknown", "DurableJournal", "Placed"]
