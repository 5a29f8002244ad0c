"""The encoder puts what means the same close together, in both languages, and takes any text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.encoder import LONGEST, SentenceEncoder, plain


def test_the_same_wish_in_two_languages_is_closer_than_another_wish(
    encoder: SentenceEncoder,
) -> None:
    dutch, english, other = encoder.encode(
        ["is mijn betaling binnen", "has my payment arrived", "wat zijn jullie openingstijden"]
    )
    assert dutch @ english > dutch @ other + 0.2


def test_a_sentence_has_one_vector_alone_and_among_others(encoder: SentenceEncoder) -> None:
    """Or what was trained in a batch would be judged by another measure."""
    texts = ["ja", "ik wil een afspraak maken", "nee dank u"]
    together = encoder.encode(texts)
    alone = np.stack([encoder.encode([text])[0] for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)


def test_no_texts_have_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 512)


def test_capitals_and_punctuation_are_not_heard() -> None:
    assert plain("  Ja, dat’s GOED!! ") == plain("ja dat's goed") == "ja dat's goed"
    assert plain("?!... 😀") == ""
    assert plain("€ 84,20") == "€ 84 20"


@given(st.text())
def test_any_text_becomes_plain_for_good(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert len(once) <= LONGEST * 3  # a capital may be longer as small letters
    once.encode()


def test_a_monologue_keeps_its_ends() -> None:
    said = plain("afspraak " + "en toen " * 1000 + "verzetten")
    assert said.startswith("afspraak")
    assert said.endswith("verzetten")
    assert len(said) <= LONGEST + 1
