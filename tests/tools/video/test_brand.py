"""A channel's brand is kept, checked where it is said, and found again with its files."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from memory.errors import InputError
from memory.repositories import assets, runs
from tools.toolkit import Context, Deps
from tools.video.additions import Brand
from tools.video.brand import load_brand, set_brand, show_brand
from tools.video.timeline import MediaKind, to_ticks


def ask(deps: Deps, people: Any, **said: Any) -> dict[str, Any]:
    with deps.database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="brand", context={})
        return set_brand.function(Context(deps, session, run, "c1"), **said)


def sent(deps: Deps, session: Session, people: Any, path: Path) -> int:
    stored = deps.store.put(path)
    return assets.add(
        session, workspace_id=people.workspace.id, sha256=stored.sha256, size_bytes=stored.size_bytes, kind="source", name=path.name
    ).id


def test_a_brand_is_kept_and_only_what_is_named_changes(deps: Deps, people: Any) -> None:
    ask(deps, people, accent="ffcc00", caption_style="hype")
    answer = ask(deps, people, caption_style="minimal", music="none")

    assert "caption_style minimal" in answer["text"]
    with deps.database.session() as session:
        brand, media = load_brand(deps, session, people.workspace.id)
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="brand", context={})
        shown = show_brand.function(Context(deps, session, run, "c2"))["text"]
    assert brand == Brand(name="main", accent="ffcc00", caption_style="minimal", music="none") and media == ()
    assert "ffcc00" in shown


def test_a_logo_and_an_intro_are_found_with_their_sizes(deps: Deps, people: Any, make_source: Any, tmp_path: Path) -> None:
    Image.new("RGBA", (200, 100), "red").save(tmp_path / "logo.png")
    with deps.database.session() as session:
        logo, intro = sent(deps, session, people, tmp_path / "logo.png"), sent(deps, session, people, make_source())
    ask(deps, people, logo_asset_id=logo, intro_asset_id=intro, logo_corner="top_right")
    with deps.database.session() as session:
        brand, media = load_brand(deps, session, people.workspace.id)

    assert brand is not None and (brand.logo, brand.intro, brand.logo_corner) == (f"asset:{logo}", f"asset:{intro}", "top_right")
    picture, film = media
    assert (picture.kind, picture.width_px, picture.height_px) == (MediaKind.IMAGE, 200, 100)
    assert (film.kind, film.has_audio) == (MediaKind.VIDEO, True) and abs(film.duration - to_ticks(2)) < to_ticks(0.1)

    ask(deps, people, logo_asset_id=0)
    with deps.database.session() as session:
        assert [one.kind for one in load_brand(deps, session, people.workspace.id)[1]] == [MediaKind.VIDEO]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, "nothing to change"),
        ({"accent": "yellow"}, "RRGGBB"),
        ({"caption_style": "papyrus"}, "must be one of"),
        ({"music": "the beatles"}, "must be one of none"),
        ({"caption_font": "Papyrus"}, "must be one of"),
        ({"logo_asset_id": 4711}, "there is no asset 4711"),
    ],
)
def test_what_there_is_not_is_refused(said: dict[str, Any], answer: str, deps: Deps, people: Any) -> None:
    with pytest.raises(InputError, match=answer):
        ask(deps, people, **said)


def test_a_picture_that_is_none_is_refused_when_it_is_used(deps: Deps, people: Any, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"no picture")
    with deps.database.session() as session:
        logo = sent(deps, session, people, tmp_path / "logo.png")
    ask(deps, people, logo_asset_id=logo)
    with deps.database.session() as session, pytest.raises(InputError, match="cannot be read"):
        load_brand(deps, session, people.workspace.id)
