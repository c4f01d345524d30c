"""A program of its own: text in, speech out. It alone loads espeak-ng, so that the GPL library never shares a process with the rest.

Started by `voice.py` with one JSON object on standard input (`text`, `output`, `voice`, `words_per_minute`). It writes a WAV file (16 bit,
mono) and one JSON object on standard output: `sample_rate_hz`, and `words` as `[text, start_s, end_s]`. Exit code 2: the request cannot be
spoken, and standard error says why. It imports nothing of ours, so it may be run by its path.

Source: speak_lib.h of espeak-ng 1.52 for the names, numbers and the event struct below.
"""

import ctypes
import json
import re
import sys
import wave
from array import array
from itertools import accumulate, pairwise
from typing import Any

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: synthesise within the call, hand the samples to the callback
_UTF8 = 1  # espeakCHARS_UTF8
_POS_CHARACTER = 1
_RATE = 1  # espeak_PARAMETER: words per minute
_LIST_END, _WORD, _END = 0, 1, 5  # espeak_EVENT_TYPE
_BUFFER_MS = 200
_QUIET = 160  # of 32,768, about -46 dB: below this a word's tail is its pause


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # in characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # in ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def main() -> int:
    request = json.load(sys.stdin)
    library, rate_hz = _open(request["voice"], request["words_per_minute"])
    samples, starts, clause_ends = _synthesise(library, request["text"])
    if not samples or not starts:
        raise SystemExit(_refuse("there is nothing in this text that can be spoken"))
    with wave.open(request["output"], "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    words = _words(request["text"], samples, starts, clause_ends, rate_hz)
    json.dump({"sample_rate_hz": rate_hz, "words": words}, sys.stdout)
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(reason)
    return 2


def _open(voice: str, words_per_minute: int) -> tuple[ctypes.CDLL, int]:
    """The library, ready to speak, and its sample rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, espeakng_loader.get_data_path().encode(), 0)
    if rate_hz <= 0:
        raise SystemExit(_refuse("espeak-ng cannot read its data; install the espeakng-loader package anew"))
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise SystemExit(_refuse(f"espeak-ng has no voice {voice!r}"))
    library.espeak_SetParameter(_RATE, words_per_minute, 0)
    return library, rate_hz


def _synthesise(library: ctypes.CDLL, text: str) -> tuple["array[int]", list[tuple[int, int]], list[int]]:
    """The samples, `(position in the text, first sample)` of every word event, and the samples at which clauses end."""
    samples: array[int] = array("h")
    starts: list[tuple[int, int]] = []
    clause_ends: list[int] = []

    def take(sound: Any, count: int, events: Any) -> int:
        if sound and count:
            samples.frombytes(ctypes.string_at(sound, 2 * count))
        index = 0
        while events[index].type != _LIST_END:
            event = events[index]
            if event.type == _WORD:
                starts.append((event.text_position - 1, event.sample))
            elif event.type == _END:
                clause_ends.append(event.sample)
            index += 1
        return 0

    callback = _Callback(take)  # kept until the synthesis is over
    library.espeak_SetSynthCallback(callback)
    encoded = text.encode()
    library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded) + 1), 0, _POS_CHARACTER, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return samples, starts, clause_ends


def _words(
    text: str, samples: "array[int]", starts: list[tuple[int, int]], clause_ends: list[int], rate_hz: int
) -> list[tuple[str, float, float]]:
    """The words as they are written, punctuation included. A number that is spoken as several words is one; a lone dash is none.

    A word ends where the next one begins, or where its sound does when a pause follows. Small words that espeak-ng says in one breath
    ("was the", "of the") have one event between them and share its time by their letters.
    """
    breaths: list[tuple[list[str], int]] = []
    for token in re.finditer(r"\S+", text):
        inside = [sample for position, sample in starts if token.start() <= position < token.end()]
        if inside:
            breaths.append(([token.group()], min(inside)))
        elif breaths and re.search(r"\w", token.group()):
            breaths[-1][0].append(token.group())
    words = []
    for (together, begin), (_, following) in pairwise([*breaths, ([], len(samples))]):
        limit = min([end for end in clause_ends if begin < end < following], default=following)
        words += _share(together, begin / rate_hz, _end_of_sound(samples, begin, limit) / rate_hz)
    return words


def _share(words: list[str], begin_s: float, end_s: float) -> list[tuple[str, float, float]]:
    edges = list(accumulate((len(word) for word in words), initial=0))
    times = [round(begin_s + (end_s - begin_s) * edge / edges[-1], 3) for edge in edges]
    return list(zip(words, times, times[1:], strict=False))


def _end_of_sound(samples: "array[int]", begin: int, limit: int) -> int:
    end = min(limit, len(samples))
    while end > begin + 1 and abs(samples[end - 1]) < _QUIET:
        end -= 1
    return end


if __name__ == "__main__":
    sys.exit(main())
