"""The studio's hands: what pages of the studio ask of the bot itself."""
