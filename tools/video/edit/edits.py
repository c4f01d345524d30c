"""What can be changed in a short, each change a value: made from words by `words.read`, done by `apply`, kept as JSON with its revision.

Seconds are seconds of the short as it is when the edit is done. Pieces are the clips of the timeline, counted from 1; 0 is all of them,
-1 the last.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from memory.domain import Json
from tools.video.additions import HideMethod, LookKind
from tools.video.timeline import Layout, TransitionKind


class Place(StrEnum):
    """Where captions stand."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class CutStart:
    seconds: float
    kind: Literal["cut_start"] = "cut_start"


@dataclass(frozen=True, slots=True)
class CutEnd:
    seconds: float
    kind: Literal["cut_end"] = "cut_end"


@dataclass(frozen=True, slots=True)
class CutOut:
    """Everything from `from_s` to `to_s` goes; `to_s` 0 is to the end."""

    from_s: float
    to_s: float
    kind: Literal["cut_out"] = "cut_out"


@dataclass(frozen=True, slots=True)
class KeepOnly:
    """Everything but `from_s` to `to_s` goes; `to_s` 0 is to the end, a negative `from_s` counts from there."""

    from_s: float
    to_s: float
    kind: Literal["keep_only"] = "keep_only"


@dataclass(frozen=True, slots=True)
class Shorten:
    """The end goes until it is this long."""

    seconds: float
    kind: Literal["shorten"] = "shorten"


@dataclass(frozen=True, slots=True)
class SwapPieces:
    first: int
    second: int
    kind: Literal["swap_pieces"] = "swap_pieces"


@dataclass(frozen=True, slots=True)
class MovePiece:
    """`to` is the place it has afterwards; 0 is the last."""

    piece: int
    to: int
    kind: Literal["move_piece"] = "move_piece"


@dataclass(frozen=True, slots=True)
class RemovePiece:
    piece: int
    kind: Literal["remove_piece"] = "remove_piece"


@dataclass(frozen=True, slots=True)
class ChangeSpeed:
    """`factor` times as fast as now, or, when `is_absolute`, as the source."""

    factor: float
    piece: int = 0
    is_absolute: bool = False
    kind: Literal["speed"] = "speed"


@dataclass(frozen=True, slots=True)
class CaptionSize:
    factor: float
    kind: Literal["caption_size"] = "caption_size"


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    style: str
    kind: Literal["caption_style"] = "caption_style"


@dataclass(frozen=True, slots=True)
class CaptionsShown:
    shown: bool
    kind: Literal["captions_shown"] = "captions_shown"


@dataclass(frozen=True, slots=True)
class CaptionPlace:
    place: Place
    kind: Literal["caption_place"] = "caption_place"


@dataclass(frozen=True, slots=True)
class CaptionText:
    """The words `old` become `new`; an empty `new` takes them away. With `cue` (from 1) that caption alone, whole when `old` is empty."""

    old: str
    new: str
    cue: int = 0
    kind: Literal["caption_text"] = "caption_text"


@dataclass(frozen=True, slots=True)
class TitleText:
    """An empty text takes the title away."""

    text: str
    kind: Literal["title_text"] = "title_text"


@dataclass(frozen=True, slots=True)
class ChangeZoom:
    """`speed` changes how fast zooms move, `amount` how far they go; 0 of `amount` takes them away."""

    speed: float = 1.0
    amount: float = 1.0
    piece: int = 0
    kind: Literal["change_zoom"] = "change_zoom"


@dataclass(frozen=True, slots=True)
class AddZoom:
    """A zoom from `start_scale` to `end_scale` over the whole of a piece; equal scales are a punch-in."""

    start_scale: float
    end_scale: float
    piece: int = 0
    kind: Literal["add_zoom"] = "add_zoom"


@dataclass(frozen=True, slots=True)
class SetMusic:
    """A piece of the library by name; empty is none."""

    name: str
    kind: Literal["music"] = "music"


@dataclass(frozen=True, slots=True)
class MusicGain:
    change_db: float
    kind: Literal["music_gain"] = "music_gain"


@dataclass(frozen=True, slots=True)
class SoundEffects:
    """Off takes them away; on puts one on each cut."""

    on: bool
    kind: Literal["sound_effects"] = "sound_effects"


@dataclass(frozen=True, slots=True)
class OriginalSound:
    """The clips' own sound: louder or quieter than now, muted, or back to as it was recorded (`change_db` 0, not muted)."""

    change_db: float = 0.0
    is_muted: bool = False
    kind: Literal["original_sound"] = "original_sound"


@dataclass(frozen=True, slots=True)
class NoiseReduction:
    strength: float
    kind: Literal["noise_reduction"] = "noise_reduction"


@dataclass(frozen=True, slots=True)
class AddLook:
    """Over the whole short. An equal kind that is there is replaced. `value` names a grade."""

    look: LookKind
    strength: float = 0.5
    value: str = ""
    kind: Literal["add_look"] = "add_look"


@dataclass(frozen=True, slots=True)
class RemoveLook:
    """None: every look."""

    look: LookKind | None = None
    kind: Literal["remove_look"] = "remove_look"


@dataclass(frozen=True, slots=True)
class LookStrength:
    look: LookKind
    factor: float
    kind: Literal["look_strength"] = "look_strength"


@dataclass(frozen=True, slots=True)
class SetAspect:
    """A key of `timeline.ASPECTS`."""

    aspect: str
    kind: Literal["aspect"] = "aspect"


@dataclass(frozen=True, slots=True)
class SetLayout:
    layout: Layout
    piece: int = 0
    kind: Literal["layout"] = "layout"


@dataclass(frozen=True, slots=True)
class SetTransitions:
    """Between all pieces, or where `piece` comes in; None is a plain cut."""

    transition: TransitionKind | None
    piece: int = 0
    kind: Literal["transitions"] = "transitions"


@dataclass(frozen=True, slots=True)
class ProgressBar:
    on: bool
    kind: Literal["progress_bar"] = "progress_bar"


@dataclass(frozen=True, slots=True)
class Watermark:
    on: bool
    kind: Literal["watermark"] = "watermark"


@dataclass(frozen=True, slots=True)
class SetFade:
    """Seconds; None leaves that end as it is."""

    in_s: float | None = None
    out_s: float | None = None
    kind: Literal["fade"] = "fade"


@dataclass(frozen=True, slots=True)
class SetHideMethod:
    method: HideMethod
    kind: Literal["hide_method"] = "hide_method"


Edit = (
    CutStart
    | CutEnd
    | CutOut
    | KeepOnly
    | Shorten
    | SwapPieces
    | MovePiece
    | RemovePiece
    | ChangeSpeed
    | CaptionSize
    | CaptionStyle
    | CaptionsShown
    | CaptionPlace
    | CaptionText
    | TitleText
    | ChangeZoom
    | AddZoom
    | SetMusic
    | MusicGain
    | SoundEffects
    | OriginalSound
    | NoiseReduction
    | AddLook
    | RemoveLook
    | LookStrength
    | SetAspect
    | SetLayout
    | SetTransitions
    | ProgressBar
    | Watermark
    | SetFade
    | SetHideMethod
)

_EDITS: TypeAdapter[tuple[Edit, ...]] = TypeAdapter(tuple[Annotated[Edit, Field(discriminator="kind")], ...])


def dump_edits(edits: tuple[Edit, ...]) -> list[Json]:
    """Plain JSON that `parse_edits` reads back to equal edits."""
    dumped: list[Json] = _EDITS.dump_python(edits, mode="json")
    return list(dumped)


def parse_edits(plain: list[Json]) -> tuple[Edit, ...]:
    return _EDITS.validate_python(plain)
