"""`kalm intents`: check, try and publish what product owners write."""

import typer

app = typer.Typer(help="Check, test and publish intents, answers and flows.", no_args_is_help=True)
