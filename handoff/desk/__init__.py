"""Pages for agents."""
