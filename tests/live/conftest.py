"""One server of each kind for all live tests."""

from pathlib import Path

import pytest
from real_jupyter import served

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep all live tests on one worker of pytest-xdist: they share their servers, and mostly wait."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("live"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with served("lab", tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def served_notebook(tmp_path_factory):
    with served("notebook", tmp_path_factory.mktemp("notebook")) as server:
        yield server
