"""Meaning to what to do next."""
