"""Fonts: the table against the files, planned widths against drawn ones, lines that break where a reader expects it."""

import random
from pathlib import Path

import pytest

from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.captions.script import drawn_text, event, header
from tools.video.fonts import (
    BUILT_IN,
    CAPTION_FONT,
    FONTS_FOLDER,
    TITLE_FONT,
    Font,
    add_font,
    break_lines,
    find_font,
    font_names,
    is_spaced,
    joined,
    runs,
    split_units,
    width_px,
)
from tools.video.fonts.lines import NOT_FIRST, NOT_LAST
from tools.video.timeline import to_ticks

SAMPLES = {
    "Montserrat": "Fine WAVY Times",
    "Anton": "WHY DO 9 OF 10 STOP?",
    "Bebas Neue": "HEADLINE NEWS 24",
    "Poppins": "मधुमक्खियाँ गिन सकती",
    "Inter": "Quiet Łódź Ξέρατε",
    "Bangers": "KABOOM AND WHAM",
    "Cairo": "النحل يعرف الأرقام",
    "Noto Sans Hebrew": "דבורים יודעות לספור",
    "Noto Sans Thai": "ผึ้งสามารถนับได้",
    "Noto Sans JP": "蜂は四つまで数える",
    "Noto Sans SC": "蜜蜂可以数到四个",
    "Noto Sans TC": "臺灣蜜蜂數",
    "Noto Sans KR": "벌이 넷까지 셀 수",
}


def drawn_rows(texts: list[tuple[Font, str]], tmp_path: Path) -> list[tuple[int, int, int, int]]:
    """Left, right, top and bottom of each text drawn at an em of 60, its capitals' middle at y = 100, 300, 500…"""
    import numpy as np

    height = 200 * len(texts)
    own = sorted({font for font, _ in texts if font.is_own}, key=lambda font: font.name)
    lines = header(1080, height, own)
    for row, (font, text) in enumerate(texts):
        shown, shift = drawn_text(text, font, 60)
        lines.append(event(0, 0, to_ticks(2), rf"\an5\pos(540,{100 + 200 * row + shift:.1f})\bord0\shad0", shown))
    (tmp_path / "a.ass").write_text("\n".join(lines), encoding="utf-8")
    arguments = ["-f", "lavfi", "-i", f"color=black:size=1080x{height}:duration=0.1:rate=10", "-frames:v", "1"]
    arguments += ["-vf", f"ass=filename={tmp_path}/a.ass:fontsdir={FONTS_FOLDER},format=gray", "-f", "rawvideo", "pipe:1"]
    picture = np.frombuffer(run_ffmpeg(arguments, timeout_s=60, want_stdout=True).stdout, np.uint8).reshape(height, 1080) > 100
    found = []
    for row in range(len(texts)):
        part = picture[200 * row : 200 * row + 200]
        columns, rows = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
        found.append((int(columns[0]), int(columns[-1]), int(rows[0]) - 100, int(rows[-1]) - 100))
    return found


def test_libass_draws_every_family_as_wide_and_as_high_as_planned(tmp_path: Path) -> None:
    texts = [(find_font(name) or CAPTION_FONT, text) for name, text in SAMPLES.items()]
    for (font, text), (left, right, top, bottom) in zip(texts, drawn_rows(texts, tmp_path), strict=True):
        planned = width_px(text, font, 60, japanese=font.name == "Noto Sans JP")

        assert right - left + 1 == pytest.approx(planned, rel=0.05, abs=8), font.name
        assert (left + right) / 2 == pytest.approx(540, abs=8), font.name
        assert -60 < top < -10 and 10 < bottom < 60, font.name


def test_capitals_stand_around_the_middle_they_are_placed_at(tmp_path: Path) -> None:
    texts = [(font, "HEN") for font in BUILT_IN if not any(one in font.name for one in ("SC", "TC", "KR", "JP", "Hebrew", "Thai"))]
    for (font, _), (_, _, top, bottom) in zip(texts, drawn_rows(texts, tmp_path), strict=True):
        assert abs(top + bottom) <= 4, font.name
        assert bottom - top + 1 == pytest.approx(font.cap_height * 60, abs=3), font.name


@pytest.mark.parametrize("font", BUILT_IN, ids=lambda font: font.name)
def test_the_table_says_what_the_files_say(font: Font) -> None:
    from fontTools.ttLib import TTFont

    with TTFont(font.path, lazy=True) as file:
        upem, metrics = file["head"].unitsPerEm, file["OS/2"]
        assert font.ascent == pytest.approx(metrics.usWinAscent / upem) and font.descent == pytest.approx(metrics.usWinDescent / upem)
        assert font.cap_height == pytest.approx(metrics.sCapHeight / upem)
        assert file["name"].getDebugName(1) == font.family
    assert font.is_own is False and font.name in font_names()


def test_each_script_has_a_font_and_what_none_has_is_left_out() -> None:
    for font in (CAPTION_FONT, TITLE_FONT):
        for text in SAMPLES.values():
            assert "".join(run.text for run in runs(text, font)) == text
    assert [run.font.name for run in runs("東京", CAPTION_FONT, japanese=True)] == ["Noto Sans JP"]
    assert [run.font.name for run in runs("东京", CAPTION_FONT)] == ["Noto Sans SC"]
    assert [run.font.name for run in runs("Σigma Жук", TITLE_FONT)] == ["Inter", "Anton", "Montserrat"]
    assert "".join(run.text for run in runs("a\U00012345b", CAPTION_FONT)) == "ab"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        pytest.param("数えることができます。", ["数えること", "ができます。"], id="long-ending"),
        pytest.param("東京タワーへ行きましょう！", ["東京", "タワー", "へ", "行きましょう！"], id="scripts"),
        pytest.param("「はい」と言った", ["「はい」", "と", "言った"], id="brackets"),
        pytest.param("来没有人告诉过我。", ["来没有人", "告诉过我。"], id="chinese"),
        pytest.param("word", ["word"], id="latin"),
    ],
)
def test_text_without_spaces_is_parted_like_words(text: str, units: list[str]) -> None:
    assert split_units(text) == units and "".join(units) == text


@pytest.mark.parametrize("width", [180, 260, 340, 500])
def test_no_line_begins_or_ends_with_what_must_not(width: int) -> None:
    text = "你知道吗，「蜜蜂」可以数到四（真的！）。二十五年来，没有人、没有书：告诉过我《这个》。ちょっと、コーヒーを飲みましょう。"
    lines = break_lines(split_units(text), CAPTION_FONT, 60, width)

    assert "".join("".join(line) for line in lines) == text
    for line in lines:
        assert line[0][0] not in NOT_FIRST and line[-1][-1] not in NOT_LAST
        assert width_px(joined(line), CAPTION_FONT, 60, japanese=True) <= width or len(line) == 1


def test_marks_given_apart_stay_with_their_word() -> None:
    lines = break_lines(["数到四", "。", "真的"], CAPTION_FONT, 60, 250)
    assert lines == [["数到四", "。"], ["真的"]]
    assert joined(["Hello", "世界", "你好", "world"]) == "Hello 世界你好 world" and is_spaced("a", "世") and not is_spaced("世", "界")


def brand_font(folder: Path, name: str = "Acme, Display") -> Path:
    """A brand's own file: one of ours under another name."""
    from fontTools.ttLib import TTFont

    path = folder / "acme.ttf"
    with TTFont(find_font("Bebas Neue").path) as file:  # type: ignore[union-attr]
        for record in file["name"].names:
            if record.nameID in (1, 4, 16):
                record.string = name
        file.save(path)
    return path


def test_a_brand_brings_its_own_font(tmp_path: Path) -> None:
    font = add_font(brand_font(tmp_path))
    left, right, top, bottom = drawn_rows([(font, "ACME NEWS 24")], tmp_path)[0]

    assert font.is_own and find_font("acme, display") == font and font == add_font(tmp_path / "acme.ttf")
    assert right - left + 1 == pytest.approx(font.width_px("ACME NEWS 24", 60), rel=0.04)
    assert bottom - top + 1 == pytest.approx(42, abs=3) and abs(top + bottom) <= 4


@pytest.mark.parametrize("name", ["missing.ttf", "notes.txt", "empty.ttf", "text.otf", "arabic.ttf"])
def test_what_is_no_usable_font_is_refused(name: str, tmp_path: Path) -> None:
    from fontTools import subset

    path = tmp_path / name
    if name == "arabic.ttf":
        options = subset.Options()
        file = subset.load_font(str(find_font("Cairo").path), options)  # type: ignore[union-attr]
        chosen = subset.Subsetter(options)
        chosen.populate(text="النحل")
        chosen.subset(file)
        file.save(path)
        file.close()
    elif name != "missing.ttf":
        path.write_bytes(b"" if name == "empty.ttf" else b"not a font at all")

    with pytest.raises(InputError, match="font"):
        add_font(path)


def test_a_damaged_font_is_refused_or_read(tmp_path: Path) -> None:
    whole, chance = brand_font(tmp_path).read_bytes(), random.Random(7)
    refused = 0
    for number in range(40):
        damaged = bytearray(whole[: chance.randrange(50, len(whole))] if number % 2 else whole)
        for _ in range(30):
            damaged[chance.randrange(min(2000, len(damaged)))] = chance.randrange(256)
        path = tmp_path / f"damaged-{number}.ttf"
        path.write_bytes(damaged)
        try:
            add_font(path)
        except InputError:
            refused += 1

    assert refused > 20
