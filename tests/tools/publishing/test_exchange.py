"""The real client against a recorded exchange: what it says on the wire, without any server."""

import re

import pytest

from tests.tools.publishing.exchange import ADDRESS, CASSETTE, SIZE_BYTES, recorder, run_exchange


@pytest.fixture
def tape():
    with recorder(ADDRESS, "none").use_cassette(str(CASSETTE)) as tape:
        yield tape


def test_the_recorded_exchange_plays_back_without_a_server(tape, tmp_path, make_mp4):
    found, stats, notebook = run_exchange(ADDRESS, "any", make_mp4(tmp_path / "clip.mp4", SIZE_BYTES))

    assert tape.all_played
    assert (found.state, found.privacy, found.title, found.is_synthetic) == ("ready", "public", "A strong claim", True)
    assert found.description == "What I found — in short."
    metrics = stats.metrics[found.remote_id]
    assert metrics["views"] > 0 and metrics["average_view_percentage"] > 0
    assert stats.revenue[found.remote_id] > 0 and stats.missing == ()
    assert (stats.taken_at.year, stats.taken_at.month, stats.taken_at.day) == (2026, 11, 7)
    assert [handle["final_sent"] for handle in notebook.handles] == [False, True]


def test_the_cassette_holds_no_secret():
    text = CASSETTE.read_text()

    assert not re.search(r"ya29\.|1//0|4/0A|sandbox-secret|\s[Aa]uthorization:|127\.0\.0\.1", text)
