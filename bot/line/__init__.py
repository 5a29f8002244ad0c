"""How a call reaches us; one small file a line."""
