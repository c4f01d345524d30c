"""Music and effects made by us, so that an edit has sound without a key or an account. `make.py` makes them, `sounds.json` describes them.

Music is a seamless loop of whole beats; all of it is -20 LUFS loud, so that a gain means the same for every piece. An effect has its
`accent`: the instant that belongs on the cut.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from memory.errors import InputError
from tools.video.timeline import Media, MediaKind, fingerprint, to_ticks

PREFIX = "library:"
LOUDNESS_LUFS = -20.0
_FOLDER = Path(__file__).parent
_RATE_HZ = 48_000


class SoundKind(StrEnum):
    MUSIC = "music"
    EFFECT = "effect"


@dataclass(frozen=True, slots=True)
class LibrarySound:
    """What is known about a sound. `suits` are the directions of an edit a piece of music goes with; effects have no tempo."""

    name: str
    kind: SoundKind
    mood: str
    suits: tuple[str, ...]
    bpm: float
    beats: int
    accent_s: float
    samples: int  # at 48 kHz
    loudness_lufs: float
    true_peak_dbtp: float

    @property
    def duration_s(self) -> float:
        return self.samples / _RATE_HZ


def names(kind: str = SoundKind.MUSIC) -> tuple[str, ...]:
    """The names of all music, or of all effects."""
    return tuple(sound.name for sound in _sounds().values() if sound.kind == kind)


def find(name: str) -> LibrarySound:
    """What is known about a sound.

    Raises:
        InputError: There is none of this name.
    """
    sound = _sounds().get(name.removeprefix(PREFIX))
    if sound is None:
        raise InputError(f"There is no sound called {name!r} in the library.", hint=f"Music: {', '.join(names())}.")
    return sound


def piece(name: str) -> Media:
    """A sound as a file for a timeline; its key is "library:" and its name."""
    sound = find(name)
    path = _FOLDER / f"{sound.name}.opus"
    return Media(PREFIX + sound.name, str(path), _content(path), MediaKind.AUDIO, duration=sound.samples * 5, has_audio=True)


def locate(key: str) -> Path:
    """Where the file of a key lies today."""
    return _FOLDER / f"{find(key).name}.opus"


def accent(name: str) -> int:
    """When an effect strikes, in ticks from its start."""
    return to_ticks(find(name).accent_s)


def choose(wish: str, seed: str = "") -> str:
    """A piece of music that suits a direction or has a mood; equal wishes and seeds give the same one, other seeds perhaps another.

    Raises:
        InputError: No piece suits.
    """
    suiting = [sound.name for sound in _sounds().values() if sound.kind is SoundKind.MUSIC and wish in (sound.mood, *sound.suits)]
    if not suiting:
        moods = sorted({sound.mood for sound in _sounds().values() if sound.kind is SoundKind.MUSIC})
        raise InputError(f"No music of the library is {wish!r}.", hint=f"Moods: {', '.join(moods)}.")
    return suiting[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % len(suiting)]


@cache
def _sounds() -> dict[str, LibrarySound]:
    rows = json.loads((_FOLDER / "sounds.json").read_text(encoding="utf-8"))
    return {row["name"]: LibrarySound(**{**row, "kind": SoundKind(row["kind"]), "suits": tuple(row["suits"])}) for row in rows}


@cache
def _content(path: Path) -> str:
    return fingerprint(path)
