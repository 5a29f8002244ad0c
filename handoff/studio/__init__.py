"""The studio: where product owners keep, compare and publish what the bot knows and says."""
