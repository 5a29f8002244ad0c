"""`kalm mood`: what Kalm makes of a caller's mood, by words and by voice."""

import typer

from bot.commands import mood_text, mood_voice

app = typer.Typer(help="Tell a caller's mood by words or by voice.", no_args_is_help=True)
app.command()(mood_text.text)
app.command()(mood_voice.voice)
