"""The tests of Kalm, one folder a room."""
