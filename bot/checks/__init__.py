"""Checks: everything that can be told of an intents folder before a caller finds it."""
