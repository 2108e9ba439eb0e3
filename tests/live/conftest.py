"""One server of each kind for all live tests."""

import pytest
from real_jupyter import served


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with served("lab", tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def served_notebook(tmp_path_factory):
    with served("notebook", tmp_path_factory.mktemp("notebook")) as server:
        yield server
