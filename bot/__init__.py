"""Kalm, the bot: one call, from ear to mouth."""
