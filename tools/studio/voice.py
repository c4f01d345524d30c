"""A voice that needs no key: espeak-ng from the `espeakng-loader` wheel, which also says when each word is spoken.

It sounds like a machine; a key for a better voice will replace it. espeak-ng is GPL, so it runs in a process of its own (`espeak.py`).
Measured: 10 s of speech in 0.15 s, process start included.
"""

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

from memory.errors import AppError, InputError, LimitError
from tools import processes
from tools.video.media import Word

MOST_CHARACTERS = 5_000
"""About six minutes of speech, far longer than a short."""

SLOWEST_WPM, FASTEST_WPM = 80, 450
"""What espeak-ng can do (espeakRATE in speak_lib.h)."""

_PROGRAM = Path(__file__).with_name("espeak.py")
_VOICE = re.compile(r"[a-zA-Z0-9+_-]{2,40}")
_TIMEOUT_S = 60.0  # measured 0.15 s for 10 s of speech
_REFUSED = 2


def speak(text: str, output: Path, *, voice: str = "en", words_per_minute: int = 150, timeout_s: float = _TIMEOUT_S) -> tuple[Word, ...]:
    """Speak a text into a WAV file (16 bit, mono, 22,050 Hz). The file appears whole or not at all.

    Args:
        text: What to say, at most `MOST_CHARACTERS`.
        output: The file to write; an existing one is replaced.
        voice: A voice of espeak-ng: `en`, `en-us`, `de`, `es+f3` …
        words_per_minute: From `SLOWEST_WPM` to `FASTEST_WPM`.
        timeout_s: Wall seconds after which it is given up.

    Returns:
        The words as they are written, with their times in the file. What is not spoken (a lone dash) is left out.

    Raises:
        InputError: Empty or too long, nothing speakable, no such voice, a speed out of range, or a file that cannot be written.
        LimitError: Out of time.
    """
    _check(text, voice, words_per_minute)
    partial_file = output.with_name(f".{output.name}.{os.getpid()}.part")
    request = {"text": text, "output": str(partial_file), "voice": voice, "words_per_minute": words_per_minute}
    if not output.parent.is_dir():
        raise InputError(f"{output.parent} is no folder, so the speech cannot be written there.", hint="Make it first.")
    try:
        spoken = _run(json.dumps(request), timeout_s)
        partial_file.replace(output)
    finally:
        partial_file.unlink(missing_ok=True)
    return tuple(Word(str(word), float(start_s), float(end_s)) for word, start_s, end_s in spoken["words"])


def _check(text: str, voice: str, words_per_minute: int) -> None:
    if not any(character.isalnum() for character in text):
        raise InputError("The text holds no word, so there is nothing to say.", hint="Give at least one.")
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"The text has {len(text)} characters, at most {MOST_CHARACTERS} are spoken at once.", hint="Split it.")
    if "\0" in text:
        raise InputError("The text holds a zero byte, which cannot be spoken.", hint="Remove it.")
    if not _VOICE.fullmatch(voice):
        raise InputError(f"{voice!r} is no name of a voice.", hint="Names look like en, en-us or es+f3.")
    if not SLOWEST_WPM <= words_per_minute <= FASTEST_WPM:
        raise InputError(f"words_per_minute {words_per_minute} must lie between {SLOWEST_WPM} and {FASTEST_WPM}.")


def _run(request: str, timeout_s: float) -> dict[str, list[tuple[str, float, float]]]:
    try:
        ended = subprocess.run(
            [sys.executable, "-P", str(_PROGRAM)],
            input=request,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout_s,
            preexec_fn=partial(processes.die_with_parent, os.getpid()),
        )
    except subprocess.TimeoutExpired as error:
        raise LimitError(f"The voice was not done after {timeout_s:g} s and was ended.", hint="Try a shorter text.") from error
    words = ended.stderr.strip().splitlines()
    if ended.returncode == _REFUSED:
        raise InputError(f"This cannot be spoken: {words[-1] if words else 'no reason was given'}.")
    if ended.returncode != 0:
        raise AppError(f"The voice failed (code {ended.returncode}): {words[-1] if words else 'no message'}.", hint="Run `forge doctor`.")
    found: dict[str, list[tuple[str, float, float]]] = json.loads(ended.stdout)
    return found
