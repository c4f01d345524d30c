"""What a platform must be able to do for us, and the values that go in and come out. One dict names the platforms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from memory.domain import Json
from tools.publishing.settings import YouTubeSettings


@dataclass(frozen=True, slots=True)
class Upload:
    """One video as it shall appear."""

    path: Path
    size_bytes: int
    title: str
    description: str
    privacy: str
    """`public`, `unlisted` or `private`."""
    is_synthetic: bool
    """The picture or the voice is realistic and made by a machine."""
    is_advertising: bool
    is_for_kids: bool


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the platform says it has. `state` is `processing`, `ready` or `failed`; `why` explains a failure."""

    remote_id: str
    url: str
    state: str
    title: str
    description: str
    privacy: str
    is_synthetic: bool
    is_advertising: bool
    is_for_kids: bool
    why: str = ""
    published_at: str = ""
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """Numbers of several videos at one platform time. A metric or a video that the platform did not give is absent."""

    taken_at: datetime
    metrics: Mapping[str, Json]
    """By remote id."""
    revenue: Mapping[str, float] = field(default_factory=dict)
    """Income of a video's whole life in units of `currency`, by remote id; absent when not reported."""
    currency: str = ""
    missing: Sequence[str] = ()
    """Why something was not given, in words for the owner."""


class Journal(Protocol):
    """What an upload writes down while it works, so that it can be taken up after a crash."""

    def save(self, handle: Json, *, instead_of: str) -> Json:
        """Commit the handle if the one stored still has the session `instead_of`; return the handle that is stored now."""
        ...

    def check(self) -> None:
        """Raise StoppedError when the owner pressed stop or the job was canceled."""
        ...

    def report(self, fraction: float) -> None: ...

    def is_ours(self, remote_id: str) -> bool:
        """Whether a video already belongs to another post of ours."""
        ...


@runtime_checkable
class Publisher(Protocol):
    """A connected account of a platform."""

    def publish(self, upload: Upload, journal: Journal) -> str:
        """Upload a video and return its id. Every handle is saved before the bytes it belongs to."""
        ...

    def resume(self, upload: Upload, handle: Json, journal: Journal) -> str:
        """Ask the platform what became of an earlier try, go on from there, and return the video's id."""
        ...

    def read_back(self, remote_id: str) -> ReadBack | None:
        """What the platform has under this id; None when it has nothing (yet)."""
        ...

    def stats(self, remote_ids: Sequence[str], since: datetime, currency: str) -> Stats:
        """Counters now and totals since a time."""
        ...

    def close(self) -> None: ...


class AccessToken(Protocol):
    """Gives a valid access token. `refused` is one the platform just refused: it is replaced, once for all processes."""

    def __call__(self, refused: str = "") -> str: ...


MakePublisher = Callable[[YouTubeSettings, str, AccessToken], Publisher]


def _youtube(settings: YouTubeSettings, base_url: str, token: AccessToken) -> Publisher:
    from tools.publishing.youtube.publisher import YouTube  # the Google client takes 0.4 s to import

    return YouTube(settings, base_url, token)


PLATFORMS: Mapping[str, MakePublisher] = {"youtube": _youtube}


def differences(asked: Upload, got: ReadBack) -> list[str]:
    """What the platform made different from what was asked, in words for the owner. Platforms downgrade without a word."""
    found = []
    if got.privacy != asked.privacy:
        found.append(f"It is {got.privacy}, not {asked.privacy} as asked.")
    if got.title != asked.title:
        found.append(f"Its title reads {got.title!r}, not {asked.title!r}.")
    if got.description.strip() != asked.description.strip():
        found.append("Its description is not the one that was sent.")
    for name, want, have in (
        ("synthetic media", asked.is_synthetic, got.is_synthetic),
        ("paid promotion", asked.is_advertising, got.is_advertising),
        ("made for kids", asked.is_for_kids, got.is_for_kids),
    ):
        if want != have:
            found.append(f"It is {'not ' if want else ''}labelled as {name}, but should {'be' if want else 'not be'}.")
    return found
