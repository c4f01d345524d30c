"""The doctor says what stands in, by trying it."""

import pytest

from memory.settings import StorageSettings
from tools.doctor import examine
from tools.video import faces_mediapipe


def state_of(settings: StorageSettings, name: str) -> tuple[str, str]:
    finding = next(finding for finding in examine(settings) if finding.name == name)
    return finding.state, finding.what


def test_a_missing_graphics_library_lets_the_second_detector_stand_aside(
    settings: StorageSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces_mediapipe, "_LIBRARIES", {"libnothere.so.1": "libnothere1"})
    faces_mediapipe.mediapipe_available.cache_clear()
    try:
        state, what = state_of(settings, "second face detector")
    finally:
        faces_mediapipe.mediapipe_available.cache_clear()

    assert state == "standing in"
    assert "apt install libnothere1" in what


def test_a_fresh_home_has_nothing_broken(settings: StorageSettings) -> None:
    assert [finding for finding in examine(settings) if finding.state == "broken"] == []
