"""What a benchmark prints can be read by people and by machines."""

import json

import pytest

from benchmarks.report import report
from benchmarks.speech import word_error_rate

GOOD = {"name": "speech", "value": 1.5, "unit": "s", "baseline": 42.0, "ratio": 0.04, "bar": 0.06, "holds": True, "wer": 0.04}


def test_the_last_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([GOOD], as_json=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {key: json.loads(lines[-1])[key] for key in GOOD} == GOOD
    assert "PASS" in lines[1] and "wer 0.04" in lines[2]


def test_one_missed_bar_fails_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([GOOD, {**GOOD, "name": "slow", "holds": False, "baseline": None}], as_json=True) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["holds"] is False and [other["name"] for other in last["others"]] == ["slow"]


def test_a_baseline_that_is_not_installed_is_skipped_and_never_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([GOOD, {**GOOD, "name": "other", "value": None, "baseline": None, "ratio": None, "holds": None}], as_json=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("other") and line.rstrip().endswith("SKIP") for line in lines)
    assert json.loads(lines[-1])["holds"] is None


def test_a_result_without_a_bar_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="lacks bar"):
        report([{key: value for key, value in GOOD.items() if key != "bar"}], as_json=False)


def test_word_errors_are_counted_without_case_and_punctuation() -> None:
    assert word_error_rate("It WAS, the best!", "it was the best") == 0.0
    assert word_error_rate("it was a test", "it was the best") == 0.5
