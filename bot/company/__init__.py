"""The customer's own systems, behind one small HTTP API."""
