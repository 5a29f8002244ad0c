"""`kalm mood text`: one line in, one answer out, in order, as soon as it can be."""

import json
import subprocess
import sys

KALM = [sys.executable, "-c", "from bot.cli import app; app()", "mood", "text"]


def test_each_line_has_its_object_in_order() -> None:
    """As many objects as lines, the empty ones and half bytes included."""
    said = "u bent een sukkel\n\nwaar blijft mijn monteur\n\xff\nlast without an end".encode(
        "latin-1"
    )
    done = subprocess.run([*KALM, "--json"], input=said, capture_output=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["text"] for one in told] == [
        "u bent een sukkel", "", "waar blijft mijn monteur", "\ufffd", "last without an end"
    ]  # fmt: skip
    assert [one["abuse"] for one in told] == [True, False, False, False, False]
    for one in told:
        assert set(one) >= {"text", "classes", "anger", "abuse", "threat", "crisis", "evidence"}
        assert len(one["classes"]) == 14
        assert all(0 <= score <= 1 for score in one["classes"].values())
    assert told[0]["evidence"] == [{"sign": "insult_person", "words": "sukkel"}]


def test_an_answer_comes_before_the_next_line() -> None:
    """A program that waits for each answer gets it."""
    with subprocess.Popen(
        [*KALM, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asked:
        assert asked.stdin
        assert asked.stdout
        for said in ("you are an idiot", "thank you"):
            asked.stdin.write(said + "\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline())["text"] == said
        asked.stdin.close()
    assert asked.returncode == 0


def test_each_line_is_judged_in_its_own_language() -> None:
    """Whoever sends English gets the same whether they say that it is or not."""
    said = b"pig\nshut up\nu bent een sukkel\n"
    told = [
        [
            json.loads(line)
            for line in subprocess.run(
                [*KALM, "--json", *given], input=said, capture_output=True, check=True
            ).stdout.splitlines()
        ]
        for given in ([], ["--language", "en"])
    ]
    assert [one["language"] for one in told[0]] == ["en", "en", "nl"]
    assert told[0][:2] == told[1][:2]
    assert all(one["abuse"] for one in told[0])


def test_without_json_a_person_can_read_it() -> None:
    """An argument is judged too, with the words that tell."""
    done = subprocess.run(
        [*KALM, "--language", "nl", "u bent een sukkel"], capture_output=True, text=True, check=True
    )
    assert 'insult_person "sukkel"' in done.stdout


def test_a_broken_lexicon_ends_with_1(tmp_path: object) -> None:
    """A script can trust the exit code, a person reads the cause."""
    done = subprocess.run(
        [*KALM, "hallo"], capture_output=True, text=True, check=False,
        env={"KALM_INTENTS": str(tmp_path), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "lexicon.nl.yml" in done.stderr
