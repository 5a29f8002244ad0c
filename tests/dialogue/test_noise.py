"""What noise cut off is said once more, and is the same turn of the bot's: nothing else changes."""

import pytest

from bot.events import Language
from tests.dialogue.conftest import MakeStage

WORDS: dict[Language, tuple[str, str]] = {
    "nl": ("is mijn betaling al binnen?", "kunt u dat herhalen?"),
    "en": ("has my payment arrived?", "could you repeat that please?"),
}


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_caller_may_ask_to_repeat_what_noise_cut_off(
    make_stage: MakeStage, language: Language
) -> None:
    """It is said in other words, each answer once, as if there had been no noise."""
    wish, repeat = WORDS[language]
    stage, undisturbed = make_stage(language), make_stage(language)
    for call in (stage, undisturbed):
        await call.start()
        await call.say(wish)
    told = stage.turns[-1].words
    assert (await stage.noise()).words == told
    assert stage.state.last_turn == undisturbed.state.last_turn
    assert stage.state.times_said == undisturbed.state.times_said
    repeated = await stage.say(repeat)
    assert repeated.answers == (await undisturbed.say(repeat)).answers != []
    assert stage.state.handoff is None
    await stage.check()
