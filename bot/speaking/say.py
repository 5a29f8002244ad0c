"""Moved to bot.say; kept until every room has followed."""

from bot.say import Say as Say
