"""Tests of the human side."""
