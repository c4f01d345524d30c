"""Encoders are believed when they wrote a second of video, and a hardware encoder that fails leaves the work to libx264."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memory.domain import Verdict
from tools.ffmpeg import run_ffmpeg
from tools.video import encoders
from tools.video.encoders import Capabilities, Tried, capabilities, probe_machine
from tools.video.media import Span
from tools.video.render import render
from tools.video.timeline import QUICK

BROKEN = Capabilities("here", "ffmpeg", 0.0, (Tried("h264_nvenc", True, 0.1),), "cuda")


def test_software_encoding_is_found_by_encoding() -> None:
    found = probe_machine()

    assert found.encoders[-1].works and found.encoders[-1].wall_s > 0
    assert [tried.codec for tried in found.encoders] == list(encoders.CODECS)[: len(found.encoders)]
    assert all(tried.why for tried in found.encoders if not tried.works), "what failed says why"


def test_the_record_is_kept_for_a_day_and_for_one_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[int] = []

    def probe() -> Capabilities:
        probes.append(1)
        return replace(BROKEN, binary=str(encoders.ffmpeg_binary()), tried_at=encoders.time.time())

    monkeypatch.setattr(encoders, "probe_machine", probe)
    first = capabilities(tmp_path)
    assert capabilities(tmp_path) == first and len(probes) == 1

    (file,) = (tmp_path / "machines").iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), "tried_at": 0}))
    capabilities(tmp_path)
    file.write_text("{ truncated")
    capabilities(tmp_path)
    capabilities(tmp_path, again=True)
    assert len(probes) == 4


def test_a_graphics_card_that_fails_degrades_to_libx264(
    make_source: Any, make_timeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if probe_machine().codec != "libx264":
        pytest.skip("the encoder that must fail works here")
    monkeypatch.setattr(encoders, "_chosen", BROKEN)
    result = render(make_timeline(make_source(), Span(0, 1)), tmp_path / "o.mp4", preset=QUICK)

    assert result.encoder == "libx264"
    assert "h264_nvenc" in result.fell_back
    assert result.path.stat().st_size > 0


def test_the_fallback_is_told_as_degraded(make_source: Any, make_timeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.video.inspection import inspect

    timeline = make_timeline(make_source(), Span(0, 1))
    result = render(timeline, tmp_path / "o.mp4", preset=QUICK)
    plain, fell_back = inspect(result.path, timeline, QUICK), inspect(result.path, timeline, QUICK, fell_back="The card failed.")

    assert plain.verdict is not Verdict.BLOCKED
    assert fell_back.verdict is Verdict.DEGRADED and "The card failed." in fell_back.problems


@pytest.mark.gpu
def test_a_working_hardware_encoder_writes_the_short(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    found = probe_machine()
    assert found.codec != "libx264", f"no hardware encoder works here: {found.encoders}"
    encoders.use(found)
    result = render(make_timeline(make_source(), Span(0, 1)), tmp_path / "o.mp4", preset=QUICK)
    encoders.use(replace(found, encoders=(Tried("libx264", True),), decoder=""))

    assert result.encoder == found.codec and not result.fell_back
    run_ffmpeg(["-i", str(result.path), "-f", "null", "-"], timeout_s=30)
