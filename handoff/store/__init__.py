"""Durable storage: tables, migrations and the journal of calls."""
