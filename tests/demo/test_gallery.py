"""A tiny run of the gallery: what it shows, and the folder it leaves."""

import re
from pathlib import Path

import pytest

from demo.exhibits import exhibits, sections
from demo.gallery import SOURCE, main, make_gallery
from tools.video.additions import LookKind
from tools.video.brief import Direction
from tools.video.captions.styles import STYLES
from tools.video.compiler.grades import GRADES
from tools.video.media import Analysis, Span, Word
from tools.video.probe import probe
from tools.video.timeline import ASPECTS, QUICK, Layout, TransitionKind


@pytest.fixture(scope="module")
def known() -> Analysis:
    words = [
        Word(text, 0.7 + 0.35 * n, 1.0 + 0.35 * n) for n, text in enumerate("It was the best of times and the worst of times.".split())
    ]
    return Analysis(probe(SOURCE), words=tuple(words), shots=(Span(0, 4.2), Span(4.2, 8.0), Span(8.0, 42.0)), speech=(Span(0.6, 42.0),))


def test_everything_that_the_engine_can_draw_is_shown(known: Analysis) -> None:
    found = exhibits(SOURCE, known)
    names = {(exhibit.section, exhibit.name) for exhibit in found}

    assert len(names) == len(found)
    assert {("Captions", name) for name in STYLES} <= names
    assert {("Looks", kind.value) for kind in LookKind if kind is not LookKind.GRADE} <= names
    assert {("Colour", name.replace("_", " ")) for name in GRADES} <= names
    assert {clip.layout for exhibit in found for clip in exhibit.timeline.clips} == set(Layout)
    assert {clip.transition.kind for exhibit in found for clip in exhibit.timeline.clips if clip.transition} >= set(TransitionKind)
    assert {("Directions", direction.value) for direction in Direction} | {("Frames", aspect) for aspect in ASPECTS} <= names
    assert len(sections(found)) == 9


def test_a_section_becomes_films_a_sheet_and_a_page_of_relative_links(known: Analysis, tmp_path: Path) -> None:
    from PIL import Image

    said: list[str] = []
    page = make_gallery(SOURCE, known, tmp_path / "g", only=["Layouts"], preset=QUICK, say=said.append)
    text = page.read_text()
    links = re.findall(r'(?:src|href)="([^"#]+)"', text)

    assert len(said) == 4 and said[0].startswith("  1/4  Layouts: full")
    assert len(links) == 5 and all((page.parent / link).is_file() for link in links) and "http" not in text
    with Image.open(page.parent / "layouts.png") as sheet:
        assert sheet.height > 300 and sheet.width > 600


def test_the_command_says_what_it_can_be_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["gallery", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0 and "--only" in capsys.readouterr().out
