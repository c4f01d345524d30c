"""Where the files of a timeline lie today, by the key an edit names them with."""

from pathlib import Path

from memory.errors import InputError
from memory.repositories import assets
from memory.tables import Asset
from tools.toolkit import Deps
from tools.video import library
from tools.video.captions import emoji
from tools.video.timeline import Timeline, relocated

_ASSET = "asset:"


def locate(deps: Deps, workspace_id: int, key: str) -> Path:
    """The local path of a media key: "library:warm", "emoji:1f525" or "asset:12".

    Raises:
        InputError: There is no such file in this workspace.
    """
    if emoji.is_emoji(key):
        return emoji.picture(key)
    if key.startswith(library.PREFIX):
        return library.locate(key)
    number = key.removeprefix(_ASSET)
    if not key.startswith(_ASSET) or not number.isdecimal():
        raise InputError(f"The edit names a file {key!r} that is not known.")
    with deps.database.reading() as session:
        asset = assets.get(session, workspace_id, int(number))
    return path_of(deps, asset)


def path_of(deps: Deps, asset: Asset) -> Path:
    """A local path of an asset's content, with the suffix its name has."""
    return deps.store.local(asset.sha256, Path(asset.name).suffix.lower() or ".mp4")


def found(deps: Deps, workspace_id: int, timeline: Timeline, source: Asset) -> Timeline:
    """The same edit with its source and its media where they lie on this machine."""
    return relocated(timeline, path_of(deps, source), lambda key: locate(deps, workspace_id, key))
