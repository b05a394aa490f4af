"""Files that share what is dear to start are run by one worker: xdist is told before it looks."""

import pytest

from tests.workers import SHARED, TESTS


def test_a_part_of_a_shared_folder_has_its_name(request: pytest.FixtureRequest) -> None:
    of_file = {item.path: item.get_closest_marker("xdist_group") for item in request.session.items}
    assert all(of_file.values())
    assert of_file[request.node.path].args == (str(request.node.path),)  # type: ignore[union-attr]
    assert all((TESTS / folder).is_dir() for folder in SHARED)
    if request.config.getoption("loadgroup", default=False):
        assert request.node._nodeid.endswith(f"@{request.node.path}"), "the mark came too late"
