"""One Kalm for all whole calls of a test run, started as an operator starts it."""

from collections.abc import Iterator

import pytest

from tests.serving import Served, data_folder, serving


@pytest.fixture(scope="session")
def kalm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Kalm with real models, the demo company and an empty database."""
    with serving(data_folder(tmp_path_factory.mktemp("kalm"))) as served:
        yield served
