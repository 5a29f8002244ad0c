"""Mood: how a caller feels, by words, by voice and by the course of the call."""
