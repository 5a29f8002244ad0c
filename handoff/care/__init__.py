"""Care for the people who take over: breaks, colleagues, debriefs, what follows on a threat."""
