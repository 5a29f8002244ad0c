"""`kalm intents`: check, try and publish what product owners write."""

import typer

from bot.commands import (
    intents_check,
    intents_evaluate,
    intents_publish,
    intents_test,
    intents_train,
    intents_versions,
)

app = typer.Typer(help="Check, test and publish intents, answers and flows.", no_args_is_help=True)
app.command()(intents_check.check)
app.command()(intents_test.test)
app.command()(intents_train.train)
app.command()(intents_evaluate.evaluate)
app.command()(intents_publish.publish)
app.command()(intents_versions.versions)
app.command()(intents_versions.rollback)
app.command()(intents_versions.export)
app.command()(intents_versions.diff)
