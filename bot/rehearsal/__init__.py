"""Rehearsal: conversations in text that must go as product owners wrote them down."""
