"""A clip edited in a conversation, through the functions a worker calls: edit → preview → undo → redo → finish."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from memory.domain import Json, Message, ProductionStatus, Rights, Verdict
from memory.errors import InputError
from memory.repositories import assets, outbox, productions, revisions, runs
from memory.settings import StorageSettings
from memory.tables import Outbox, Run, Variant, move_to
from tests.conftest import People
from tools.ffmpeg import run_ffmpeg
from tools.toolkit import Context, Deps
from tools.video.captions import make_cues
from tools.video.edit.tools import edit_clip, finish_edit, redo_edit, show_edits, undo_edit
from tools.video.media import Analysis, Probe, Span, Word, save_analysis
from tools.video.render import render
from tools.video.timeline import QUICK, Clip, Crop, CropFrom, Source, Timeline, dump_timeline, fingerprint, timeline_hash, to_ticks
from worker.job import JobContext
from worker.media_jobs import preview_edit, render_edit

WORDS = tuple(Word(text, 0.05 + 0.39 * n, 0.39 + 0.39 * n) for n, text in enumerate("we met Jon at the river and he said nothing".split()))


@pytest.fixture(scope="module")
def source_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    picture, sound = "testsrc2=size=320x180:rate=30:duration=5", "sine=frequency=330:duration=5"
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    run_ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *codecs, str(path)], timeout_s=60)
    return path


@pytest.fixture(scope="module")
def made(source_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Timeline, Path]:
    """A short of two pieces and its rendered file."""
    crop = Crop(110, 0, 100, 180)
    clips = tuple(Clip(to_ticks(a), to_ticks(b), (CropFrom(to_ticks(a), crop),)) for a, b in ((0.0, 2.0), (2.0, 4.0)))
    source = Source(str(source_file), fingerprint(source_file), 320, 180, 30.0, True)
    timeline = Timeline(source, clips, Fraction(30), make_cues(WORDS, clips))
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    render(timeline, path, preset=QUICK)
    return timeline, path


class Desk:
    """A conversation with a clip in it: calls tools as a run would and runs the jobs that come of them."""

    def __init__(self, deps: Deps, people: People, made: tuple[Timeline, Path], source_file: Path, folder: Path) -> None:
        self.deps, self.people, self.folder = deps, people, folder
        self.calls = 0
        with deps.database.session() as session:
            self.run = self._add_run(session)
        self.clip_id = self._add_clip(made, source_file)

    def _add_run(self, session) -> Run:
        return runs.add(
            session, workspace_id=self.people.workspace.id, trigger="message", request="edit", conversation_id=self.people.conversation.id
        )

    def _add_clip(self, made: tuple[Timeline, Path], source_file: Path) -> int:
        timeline, file = made
        known = self.folder / "analysis.json"
        save_analysis(Analysis(Probe(5.0, 320, 180, 30.0, 0, True, True), words=WORDS, shots=(Span(0.0, 5.0),)), known)
        stored = [self.deps.store.put(path) for path in (source_file, file, known)]
        with self.deps.database.session() as session:
            names = (("source", "talk.mp4", ""), ("render", "short.mp4", ""), ("analysis", "analysis.json", f"analysis:{stored[0].sha256}"))
            source, rendered, _ = [
                assets.add(
                    session,
                    workspace_id=self.people.workspace.id,
                    sha256=one.sha256,
                    size_bytes=one.size_bytes,
                    kind=kind,
                    name=name,
                    source=found_by,
                    rights=Rights.OWNED,
                )
                for one, (kind, name, found_by) in zip(stored, names, strict=True)
            ]
            production = productions.add(
                session, workspace_id=self.people.workspace.id, run_id=self.run.id, source_asset_id=source.id, brief={"count": 1}
            )
            move_to(production, ProductionStatus.RUNNING)
            move_to(production, ProductionStatus.READY)
            variant = Variant(
                production_id=production.id,
                position=1,
                start_s=0.0,
                end_s=4.0,
                score=0.8,
                reason="a question",
                title="We met Jon",
                timeline=json.loads(dump_timeline(timeline)),
                timeline_hash=timeline_hash(timeline),
                asset_id=rendered.id,
                facts={"duration_s": 4.0},
                verdict=Verdict.OK,
                checks={},
            )
            return productions.save_variant(session, variant).id

    def call(self, tool, job: Callable[[JobContext], Json] | None = None, **arguments: object) -> Json:
        """Call a tool; where it is long work, run its job. The result is the tool's, or the job's."""
        self.calls += 1
        with self.deps.database.session() as session:
            run = runs.get(session, self.run.id)
            result = tool.function(Context(self.deps, session, run, f"c{self.calls}"), **tool.parse(arguments))
        if job is None:
            return result
        self.payload = {name: value for name, value in result.items() if name != "key"}
        return job(self.context)

    @property
    def context(self) -> JobContext:
        return JobContext(
            job_id=1,
            payload=self.payload,
            deps=self.deps,
            run_id=self.run.id,
            report=lambda fraction, stage: None,
            cancelled=lambda: False,
            owner="test",
            lease_s=10.0,
            attempt=1,
            settings=StorageSettings(home=self.folder / "home"),
        )

    def edit(self, words: str, **which: object) -> Json:
        return self.call(edit_clip, preview_edit, words=words, **which)

    def said(self) -> list[Message]:
        with self.deps.database.reading() as session:
            return [outbox.to_message(row) for row in session.query(Outbox).order_by(Outbox.id)]


@pytest.fixture
def desk(
    deps: Deps, people: People, made: tuple[Timeline, Path], source_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("VIDEO_PRESET", "quick")
    return Desk(deps, people, made, source_file, tmp_path)


def test_a_clip_is_edited_previewed_undone_and_finished(desk: Desk) -> None:
    first = desk.edit("cut the first half a second")
    second = desk.edit('change "nothing" to "everything"')
    again = preview_edit(desk.context)
    undone = desk.call(undo_edit, steps=1)
    redone = desk.call(redo_edit)
    finished = desk.call(finish_edit, render_edit)
    finished_again = render_edit(desk.context)
    listed = desk.call(show_edits, variant_id=desk.clip_id)

    assert first["diff"] == ["0.5 s cut from the start: 4.0 → 3.5 s"] and second["diff"] == ["caption “nothing” → “everything”"]
    assert (again["revision_id"], again["number"]) == (second["revision_id"], 2)
    assert second["encoded_frames"] < first["encoded_frames"] == 105
    assert undone["revision_id"] == first["revision_id"] and redone["revision_id"] == second["revision_id"]
    assert finished == finished_again and finished["variant_id"] != desk.clip_id and finished["verdict"] != "blocked"
    assert "1. 0.5 s cut" in listed["text"] and "2. caption" in listed["text"] and "everything" in listed["text"]
    with desk.deps.database.reading() as session:
        variant, production = productions.get_variant(session, desk.people.workspace.id, finished["variant_id"])
        assert [row.id for row in productions.variants(session, production.id)] == [variant.id, desk.clip_id]
        assert variant.facts["duration_s"] == pytest.approx(3.5, abs=0.05)
        assert desk.deps.store.has(assets.get(session, production.workspace_id, variant.asset_id).sha256)
    shown = [message for message in desk.said() if message.files]
    assert len(shown) == 5 and shown[0].text == "Clip 1, edit 1: 0.5 s cut from the start: 4.0 → 3.5 s"


def test_undo_goes_on_behind_a_finished_edit_and_without_limit(desk: Desk) -> None:
    desk.edit("cut the last second")
    desk.edit("bigger captions")
    finished = desk.call(finish_edit, render_edit)
    desk.edit("captions at the top", variant_id=finished["variant_id"])

    lengths = []
    for _ in range(3):
        desk.call(undo_edit, variant_id=finished["variant_id"])
        with desk.deps.database.session() as session:
            row = revisions.current(session, desk.people.workspace.id, finished["variant_id"])
            lengths.append((row.variant_id, row.number))
    with pytest.raises(InputError, match="nothing to undo"):
        desk.call(undo_edit, variant_id=finished["variant_id"])
    redone = [desk.call(redo_edit, variant_id=finished["variant_id"]) for _ in range(3)]

    assert lengths == [(finished["variant_id"], 0), (desk.clip_id, 1), (desk.clip_id, 0)]
    assert redone[-1]["text"].endswith("captions at the top.")
    with pytest.raises(InputError, match="nothing to redo"):
        desk.call(redo_edit, variant_id=finished["variant_id"])


def test_what_is_not_possible_changes_nothing(desk: Desk) -> None:
    for words, said in (
        ("cut the first 20 seconds", "4.0 s long"),
        ("make it funnier", "I do not know how"),
        ("swap piece 1 and 9", "no piece 9"),
    ):
        with pytest.raises(InputError, match=said):
            desk.edit(words)
    with pytest.raises(InputError, match="as it was made"):
        desk.call(finish_edit, render_edit)

    with desk.deps.database.session() as session:
        assert len(revisions.history(session, desk.people.workspace.id, desk.clip_id)) == 1


def test_a_clip_of_another_workspace_is_not_there(desk: Desk) -> None:
    with pytest.raises(InputError, match="no clip 99"):
        desk.edit("bigger captions", variant_id=99)
    with desk.deps.database.session() as session, pytest.raises(InputError, match="no clip"):
        revisions.current(session, desk.people.workspace.id + 1, desk.clip_id)


def test_an_edit_that_cannot_be_rendered_is_taken_back(desk: Desk) -> None:
    with desk.deps.database.reading() as session:
        source = assets.latest_source(session, desk.people.workspace.id)
    assert source is not None
    for path in desk.deps.store.local(source.sha256).parent.glob(f"{source.sha256}*"):
        path.unlink()

    with pytest.raises(InputError, match="not in the store"):
        desk.edit("bigger captions")
    with desk.deps.database.session() as session:
        assert revisions.current(session, desk.people.workspace.id, desk.clip_id).number == 0


def test_another_edit_after_an_undo_leaves_nothing_to_redo(desk: Desk) -> None:
    desk.edit("no fade in")
    desk.call(undo_edit)
    desk.edit("bigger captions")

    with pytest.raises(InputError, match="nothing to redo"):
        desk.call(redo_edit)
