"""What is kept about a source's content so that it is found out once: its analysis, and what a model thought of its words.

Both are small JSON files in the artefact store, found by the `source` of their asset row: `analysis:<sha256>`, `judgement:<sha256>` and,
for one chunk of a transcript, `judgement:<hash of what was asked>:<model>`.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from memory.domain import Json, Verdict
from memory.errors import StoppedError
from memory.repositories import assets
from memory.tables import Asset
from tools.toolkit import Deps
from tools.video.judgement import Judged
from tools.video.media import Analysis, load_analysis, save_analysis


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model liked of something: `about` is the sha256 of a source, or the hash of a chunk."""

    about: str
    model: str
    judged: tuple[Judged, ...]


_OPINION = TypeAdapter(Opinion)


def analysis_of(deps: Deps, workspace_id: int, source: Asset, tell: Callable[[float, str], None]) -> Analysis:
    """The analysis of a source: made once per content, then read from the store.

    Raises:
        InputError: The file cannot be used.
        StoppedError: `tell` said so.
    """
    known = stored_analysis(deps, workspace_id, source.sha256)
    if known is not None:
        return known
    from tools.video.analysis import analyse  # only media workers come here: agents read what is stored

    analysis = analyse(deps.store.local(source.sha256, Path(source.name).suffix.lower() or ".mp4"), on_progress=tell)
    _keep(deps, workspace_id, "analysis", f"analysis:{source.sha256}", lambda path: save_analysis(analysis, path))
    return analysis


def hear(deps: Deps, workspace_id: int, asset_id: int, *, report: Callable[[float, str], None], cancelled: Callable[[], bool]) -> Json:
    """Analyse a source for a model that is to judge its words before clips are chosen. Safe to run again.

    Raises:
        InputError: The file cannot be used.
        StoppedError: `cancelled` said so.
    """

    def tell(share: float, words: str) -> None:
        if cancelled():
            raise StoppedError("The analysis was stopped.")
        report(share, words)

    with deps.database.reading() as session:
        source = assets.get(session, workspace_id, asset_id)
    analysis = analysis_of(deps, workspace_id, source, tell)
    return {"verdict": Verdict.OK.value, "text": f"{len(analysis.words)} words were heard.", "asset_id": asset_id}


def stored_analysis(deps: Deps, workspace_id: int, sha256: str) -> Analysis | None:
    path = _find(deps, workspace_id, f"analysis:{sha256}")
    return load_analysis(path) if path is not None else None


def stored_opinion(deps: Deps, workspace_id: int, about: str, model: str = "") -> Opinion | None:
    """The newest opinion about a source (`about` is its sha256), or one model's about a chunk."""
    path = _find(deps, workspace_id, _opinion_name(about, model))
    return _OPINION.validate_json(path.read_bytes()) if path is not None else None


def judged_moments(deps: Deps, workspace_id: int, sha256: str) -> tuple[Judged, ...]:
    """What a model liked of a source; empty when none was asked."""
    opinion = stored_opinion(deps, workspace_id, sha256)
    return opinion.judged if opinion is not None else ()


def keep_opinion(deps: Deps, workspace_id: int, about: str, model: str, judged: Sequence[Judged], *, is_chunk: bool = False) -> Opinion:
    opinion = Opinion(about, model, tuple(judged))
    name = _opinion_name(about, model if is_chunk else "")
    _keep(deps, workspace_id, "judgement", name, lambda path: path.write_bytes(_OPINION.dump_json(opinion)))
    return opinion


def _opinion_name(about: str, model: str) -> str:
    return f"judgement:{about}:{model}" if model else f"judgement:{about}"


def _find(deps: Deps, workspace_id: int, name: str) -> Path | None:
    with deps.database.reading() as session:
        known = assets.find_by_source(session, workspace_id, name)
    return deps.store.local(known.sha256) if known is not None and deps.store.has(known.sha256) else None


def _keep(deps: Deps, workspace_id: int, kind: str, name: str, write: Callable[[Path], object]) -> None:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        write(Path(file.name))
        stored = deps.store.put(Path(file.name))
    with deps.database.session() as session:
        assets.add(
            session,
            workspace_id=workspace_id,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            kind=kind,
            name=f"{kind}.json",
            source=name,
        )
