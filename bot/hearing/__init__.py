"""Sound to the caller's words."""
