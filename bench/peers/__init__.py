"""Other bots, to be measured beside Kalm in the same run."""
