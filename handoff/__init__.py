"""The human side: cards, agents and the pages they use."""
