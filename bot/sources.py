"""Files that owners bring: finding a path in what they wrote, and copying the file into the store with its rights open.

Whether a file is a video is said by the probe of the job that works on it: this door loads no media library.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from memory.domain import Button, Message, Rights, Role
from memory.errors import InputError, RefusedError
from memory.repositories import assets, audit
from memory.tables import Asset, Member
from tools.toolkit import Deps

MEDIA_SUFFIXES = frozenset(
    ".mp4 .mov .mkv .webm .avi .m4v .mpg .mpeg .ts .mts .m2ts .wmv .flv .3gp .ogv .mxf .gif .mp3 .wav .m4a .flac .ogg .opus .aac".split()
)
_VIDEO_SITES = ("youtube.com", "youtu.be", "tiktok.com", "vimeo.com", "instagram.com", "facebook.com", "twitch.tv", "dailymotion.com")
_URL = re.compile(r"\b(?:https?|ftp|rtmp)://\S+", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"\n]+)"|“([^”\n]+)”|«([^»\n]+)»|(?<!\w)\'([^\'\n]+)\'(?!\w)')
_MAKING = re.compile(r"\b(shorts?|clips?|videos?|cut|footage)\b", re.IGNORECASE)
_EARNING = re.compile(r"\b(offers?|affiliate|links?|feeds?|rss|source|shop|store|postback)\b", re.IGNORECASE)
_TRAILING = ".,;:!?)]}"
_MAX_WORDS = 40  # spans longer than this are no file names


@dataclass(frozen=True, slots=True)
class Found:
    """A message with its file taken out: `path` is None when no file was named; `text` names the file by its name only."""

    text: str
    path: Path | None = None


def find_source(text: str, folder: Path | None = None) -> Found:
    """Look for a file in a message: quoted, with `~`, with spaces, escaped by a terminal, or as a plain word.

    Args:
        text: What was typed.
        folder: Where relative paths start; the current folder by default.

    Raises:
        InputError: It names a file that is not there, or a web address where a file is needed.
    """
    base = folder or Path.cwd()
    whole = text.strip()
    refuse_web_address(whole)
    if whole.startswith("/") and re.fullmatch(r"/\w+", whole.split()[0]) and not (base / whole).exists():
        command, _, rest = whole.partition(" ")
        inner = find_source(rest, base) if rest else Found("")
        return Found(f"{command} {inner.text}".rstrip(), inner.path)
    dropped = _existing(whole.replace("\\ ", " ").strip("\"'"), base)
    if dropped is not None:
        return Found("", dropped)
    return _quoted(text, base) or _unquoted(text, base) or Found(whole)


def add_source(
    deps: Deps, workspace_id: int, path: Path, member: Member, *, name: str = "", on_copy: Callable[[int], None] | None = None
) -> Asset:
    """Copy a file into the store as a source of the workspace. Its rights stay unknown until somebody says them.

    Args:
        name: What to call it; the file's own name by default.
        on_copy: Told the size in bytes once the file was found readable and copying starts.

    Raises:
        InputError: Missing, a folder, empty, unreadable, or a web address.
        RefusedError: This person may only look.
        TransientError: The store is full.
    """
    if member.role is Role.VIEWER:
        raise RefusedError("You may look at this workspace, not add files to it.", hint="Its owner can make you an editor.")
    size_bytes = check_file(path)
    if on_copy is not None:
        on_copy(size_bytes)
    stored = deps.store.put(path)
    with deps.database.session() as session:
        asset = assets.add(
            session,
            workspace_id=workspace_id,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            kind="source",
            name=name or path.name,
            source=name or path.name,
        )
        audit.note(session, workspace_id=workspace_id, actor=f"member:{member.id}", action="source.added", target=f"asset:{asset.id}")
    return asset


def check_file(path: Path) -> int:
    """Return the size in bytes of an ordinary, readable file with something in it.

    Raises:
        InputError: What it is instead, and what to do.
    """
    refuse_web_address(str(path).replace(":/", "://", 1) if re.match(r"(https?|ftp):/\w", str(path)) else str(path))
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder.", hint="Name one video file in it.")
        if not path.exists():
            raise InputError(f"There is no file {path}.", hint="Check the spelling, or drag the file into the window.")
        if not path.is_file():
            raise InputError(f"{path} is not an ordinary file.", hint="Name a video file.")
        size_bytes = path.stat().st_size
    except OSError as error:
        raise InputError(f"{str(path)[:200]} cannot be read: {error.strerror}.", hint="Check the path and its permissions.") from error
    if not os.access(path, os.R_OK):
        raise InputError(f"{path.name} may not be read.", hint=f'Allow it: chmod +r "{path}"')
    if size_bytes == 0:
        raise InputError(f"{path.name} is empty (0 bytes).", hint="The download or recording was not finished; send it again.")
    return size_bytes


def rights_question(asset: Asset, key: str) -> Message:
    """Ask whose a file is: without an answer nothing made of it can be posted."""
    buttons = (
        Button("It is mine", f"s:{asset.id}:{Rights.OWNED[:3]}"),
        Button("I have a licence", f"s:{asset.id}:{Rights.LICENSED[:3]}"),
        Button("I don't know", f"s:{asset.id}:{Rights.UNKNOWN[:3]}"),
    )
    text = f"Whose is {asset.name}? I can cut it either way, and post only what is yours or licensed to you."
    return Message(key, text, buttons)


def refuse_web_address(text: str) -> None:
    """Refuse an address where a file is meant; addresses of offers, feeds and shops go through.

    Raises:
        InputError: It looks like a video that is to be fetched.
    """
    found = _URL.search(text)
    if found is None:
        return
    address = found.group(0).rstrip(_TRAILING)
    host = re.sub(r"^\w+://(www\.|m\.)?", "", address.lower()).partition("/")[0]
    alone = text == found.group(0)
    is_video = host.endswith(_VIDEO_SITES) or Path(address.partition("?")[0]).suffix.lower() in MEDIA_SUFFIXES
    asks_to_make = _MAKING.search(text.replace(address, "")) is not None and _EARNING.search(text.replace(address, "")) is None
    if alone or is_video or asks_to_make:
        raise InputError(
            f"{address} is a web address, and I work from files.",
            hint="Download the video first if you may, then give me the path of the file or send the file itself.",
        )


def _quoted(text: str, base: Path) -> Found | None:
    for match in _QUOTED.finditer(text):
        inner = next(group for group in match.groups() if group is not None)
        path = _existing(inner, base)
        if path is not None:
            return Found(_without(text, match.start(), match.end(), path.name), path)
        if _looks_like_a_path(inner):
            raise _missing(inner)
    return None


def _unquoted(text: str, base: Path) -> Found | None:
    """The longest span of words that is an existing file; a word that can only be a path and is none is an error."""
    words = list(re.finditer(r"(?:\\ |\S)+", text))[: _MAX_WORDS * 4]
    for first, start in enumerate(words):
        if not _may_start(start.group(0), [word.group(0) for word in words[first : first + _MAX_WORDS]]):
            continue
        for end in reversed(words[first : first + _MAX_WORDS]):
            raw = text[start.start() : end.end()]
            stripped = raw.rstrip(_TRAILING)
            for candidate in dict.fromkeys((raw, stripped)):
                path = _existing(candidate.replace("\\ ", " "), base)
                if path is not None and (candidate.startswith(("/", "~", ".")) or path.suffix.lower() in MEDIA_SUFFIXES):
                    return Found(_without(text, start.start(), start.start() + len(candidate), path.name), path)
    for word in words:
        if _looks_like_a_path(word.group(0).rstrip(_TRAILING)):
            raise _missing(word.group(0).rstrip(_TRAILING))
    return None


def _may_start(word: str, following: list[str]) -> bool:
    """Whether a span that begins here can be a path: it starts like one, or a word with a media suffix is near."""
    if word.startswith(("/", "~", "./", "../")):
        return True
    return any(Path(other.rstrip(_TRAILING)).suffix.lower() in MEDIA_SUFFIXES for other in following)


def _looks_like_a_path(word: str) -> bool:
    if word.startswith(("~/", "./", "../")) or re.match(r"/[^/\s]+/", word):
        return True
    name = Path(word)
    return name.suffix.lower() in MEDIA_SUFFIXES and bool(name.stem) and not name.stem.startswith(".")


def _existing(candidate: str, base: Path) -> Path | None:
    """The ordinary file or folder this names; None when it names nothing that exists, or cannot be a name at all."""
    if not candidate or len(candidate) > 4096 or "\0" in candidate:
        return None
    try:
        path = base / Path(candidate).expanduser()
        is_named = path.is_file() or (path.exists() and _looks_like_a_path(candidate))
    except (OSError, RuntimeError):  # a name too long; a `~user` who does not exist
        return None
    return path if is_named else None


def _without(text: str, start: int, end: int, name: str) -> str:
    """The message with the path replaced by the file's name: no model needs to see where an owner keeps their files."""
    return f"{text[:start]}{name}{text[end:]}".strip()


def _missing(word: str) -> InputError:
    return InputError(f"There is no file {word}.", hint='Check the spelling; put a path with spaces in quotes: "my talk.mp4".')
