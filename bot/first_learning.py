"""First learning: at the first start, in a process of its own, beside everything else.

One thread holds Python at a time: importing, reading models and learning would go one after
the other, though a second core is there. What is learned lies in the cache afterwards, and
the memory that it took is the system's again. It is only sooner there: whoever does not find
it, because this failed or was not begun, learns it.
"""

import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

from loguru import logger

from bot.machine import cores


def begin(intents: Path, cache: Path) -> Future[None]:
    """Learn from a folder where nothing was learned yet.

    Args:
        intents: From what to learn.
        cache: Where it is remembered.

    Returns:
        Done when there is nothing more to wait for, whatever came of it; never cancelled.
    """
    done: Future[None] = Future()
    done.set_running_or_notify_cancel()
    if cache.exists() or cores() < 2:
        done.set_result(None)
        return done
    folders = [str(folder.absolute()) for folder in (intents, cache)]
    try:
        process = subprocess.Popen(  # noqa: S603 - this Python, two folders of the operator's
            [sys.executable, "-m", "bot.first_learning", *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        logger.warning("Nothing can be learned beside the start: {}", error)
        done.set_result(None)
        return done

    def wait() -> None:
        if process.wait():
            logger.info("Nothing was learned beside the start ({})", process.returncode)
        done.set_result(None)

    # Nobody waits for it at the end: what it reads from then ends, and so does it.
    Thread(target=wait, name="first learning", daemon=True).start()
    return done


def learn(intents: Path, cache: Path) -> None:
    """Learn from a folder; raises TrainingDataError, which the start will tell of."""
    from datetime import UTC

    from bot.clock import utc_now
    from bot.understanding.classifier import EmbeddedUnderstanding
    from bot.understanding.training_data import load, too_many

    data = load(intents)
    if (mistake := too_many(data)) is not None:
        raise mistake
    EmbeddedUnderstanding.train(data, cache, utc_now, UTC)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    learn(*map(Path, sys.argv[1:]))
    os._exit(0)  # to clear a gigabyte away piece by piece takes half a second
