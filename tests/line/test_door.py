"""A call is let in once, while there is room, and leaves its place behind."""

from typing import Literal

import pytest

from bot.line.door import CallInProgress, Door, NotOpen


def test_an_id_is_inside_once() -> None:
    """A second call with an id is refused while the first is there, and taken after."""
    door = Door()
    with door.let_in("a"):
        with pytest.raises(CallInProgress), door.let_in("a"):
            pass
        assert door.inside == {"a"}
    with door.let_in("a"):
        pass


def test_a_full_house_opens_again() -> None:
    """The limit counts calls in progress, not calls taken."""
    door = Door(most=1)
    with door.let_in("a"):
        with pytest.raises(NotOpen) as refused, door.let_in("b"):
            pass
        assert refused.value.opening == "full"
    with door.let_in("b"):
        pass


def test_a_call_that_breaks_gives_its_place_back() -> None:
    """However a call ends, nobody finds its ghost inside."""
    door = Door()
    with pytest.raises(RuntimeError), door.let_in("a"):
        raise RuntimeError
    assert door.inside == set()


@pytest.mark.parametrize("state", ["loading", "failed"])
def test_nobody_is_let_in_before_the_models_are_there(
    state: Literal["loading", "failed"],
) -> None:
    """The reason is told as it is."""
    door = Door(lambda: state)
    with pytest.raises(NotOpen) as refused, door.let_in("a"):
        pass
    assert refused.value.opening == state
