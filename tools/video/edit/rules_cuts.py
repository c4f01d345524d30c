"""Sentences about time: cutting, moving, speed. Each rule is a pattern of one wish and what it means."""

import re
from collections.abc import Callable

from tools.video.edit.edits import (
    ChangeSpeed,
    CutEnd,
    CutOut,
    CutStart,
    Edit,
    KeepOnly,
    MovePiece,
    RemovePiece,
    Shorten,
    SwapPieces,
)
from tools.video.edit.phrases import FROM_ONLY, FROM_TO, HOW_MUCH, NUMBER, SECONDS, factor, number, piece, piece_number, seconds

Rule = tuple[str, Callable[[re.Match[str]], Edit]]

_CUT = r"(?:cut|trim|remove|delete|drop|chop|take|crop|lose|skip|shave|clip|strip)"
_OFF = r"(?: off| out| away| from)?"
_IT = r"(?: it| this| that| everything| the (?:whole )?(?:short|clip|video|thing|edit))"
_POINT = r"(?P<from>(?:second )?(?:\d+:\d\d(?:[.,]\d+)?|\d+(?:[.,]\d+)?(?: ?(?:seconds?|secs?|s))?|[a-z]+ seconds?))"
_FASTER = r"(?P<fast>faster|quicker|speedier|fast)|slower|slow"  # "twice as fast"
_PIECES = r"(?:clips?|pieces?|parts?|segments?|sections?|scenes?|shots?)"
_N = rf"(?:#?\d{{1,3}}|{NUMBER})"


def _seconds(found: re.Match[str]) -> float:
    return round(seconds(found["seconds"]), 3)


def _cut_out(found: re.Match[str]) -> Edit:
    from_s = max(0.0, seconds(_moment(found["from"])))
    to_s = seconds(_moment(found["to"])) if "to" in found.re.groupindex and found["to"] else -1.0
    return CutOut(from_s, max(0.0, to_s))


def _keep(found: re.Match[str]) -> Edit:
    from_s, to_s = seconds(_moment(found["from"])), seconds(_moment(found["to"])) if "to" in found.re.groupindex and found["to"] else -1.0
    return KeepOnly(max(0.0, from_s), max(0.0, to_s))


def _moment(text: str) -> str:
    return re.sub(r"^second ", "", text, flags=re.IGNORECASE)


def _before(found: re.Match[str]) -> Edit:
    return CutStart(seconds(_moment(found["from"])))


def _after(found: re.Match[str]) -> Edit:
    return CutOut(seconds(_moment(found["from"])), 0.0)


def _swap(found: re.Match[str]) -> Edit:
    return SwapPieces(_count(found["first"]), _count(found["second"]))


def _count(word: str) -> int:
    return int(number(word.lstrip("#")))


def _move(found: re.Match[str]) -> Edit:
    place = (found["place"] or "").lower()
    to = 1 if place in ("start", "beginning", "front", "top", "first") else 0
    if found["nth"]:
        to = _count(found["nth"])
    return MovePiece(piece_number(found), to)


def _beside(found: re.Match[str]) -> Edit:
    moved, other = piece_number(found), piece_number(found, "other")
    is_before, comes_from_left = found["side"].lower() == "before", 0 < moved < other
    if other < 0:
        if is_before:
            raise ValueError("before the last one: how many there are is not known here")
        return MovePiece(moved, 0)
    return MovePiece(moved, other - comes_from_left if is_before else other + 1 - comes_from_left)


def _faster(found: re.Match[str]) -> Edit:
    much = factor(found, 1.25)
    return ChangeSpeed(_share(much if found["fast"] else 1 / much), piece_number(found))


def _share(value: float) -> float:
    return round(value, 3)


def _paced(found: re.Match[str]) -> Edit:
    """ "speed it up by 20 %", "slow piece 2 down to 0.8x"."""
    up = found["verb"].lower().startswith("speed")
    if found["to"]:
        return ChangeSpeed(_share(number(found["to"])), piece_number(found), is_absolute=True)
    much = 1 + number(found["by"]) / 100 if found["by"] else 1.25
    return ChangeSpeed(_share(much if up else 1 / much), piece_number(found))


def _at_speed(found: re.Match[str]) -> Edit:
    word = found["speed"].lower()
    named = {"double": 2.0, "twice the": 2.0, "half": 0.5, "normal": 1.0, "original": 1.0, "real": 1.0, "recorded": 1.0, "usual": 1.0}
    return ChangeSpeed(named.get(word) or _share(number(word)), piece_number(found), is_absolute=True)


_OBJECT = rf"(?:{_IT}| (?:{piece()}))?"
CUTS: tuple[Rule, ...] = (
    (rf"{_CUT}{_OFF}(?: the)? (?:very )?(?:first|opening|initial) {SECONDS}{_OFF}", lambda m: CutStart(_seconds(m))),
    (
        rf"{_CUT}{_OFF} {SECONDS}(?: off| from| at| of| out of)+ (?:the )?(?:start|beginning|front|top|intro)",
        lambda m: CutStart(_seconds(m)),
    ),
    (rf"(?:start|begin){_IT}? {SECONDS} later", lambda m: CutStart(_seconds(m))),
    (rf"(?:the )?first {SECONDS} (?:off|out|away)", lambda m: CutStart(_seconds(m))),
    (rf"{_CUT}{_OFF}(?: everything| all| what is)? (?:before|up to|until|till) {_POINT}", _before),
    (rf"(?:start|begin){_IT}? (?:at|from) {_POINT}", _before),
    (rf"{_CUT}{_OFF}(?: the)? (?:very )?(?:last|final|closing) {SECONDS}{_OFF}", lambda m: CutEnd(_seconds(m))),
    (rf"{_CUT}{_OFF} {SECONDS}(?: off| from| at| of| out of)+ the end", lambda m: CutEnd(_seconds(m))),
    (rf"(?:end|stop|finish){_IT}? {SECONDS} (?:earlier|sooner|before)", lambda m: CutEnd(_seconds(m))),
    (rf"(?:the )?last {SECONDS} (?:off|out|away)", lambda m: CutEnd(_seconds(m))),
    (rf"(?:make{_IT} )?(?:shorten{_IT}?|shorter) by {SECONDS}", lambda m: CutEnd(_seconds(m))),
    (rf"make{_IT} {SECONDS} shorter", lambda m: CutEnd(_seconds(m))),
    (rf"(?:end|stop|finish){_IT}? at {_POINT}", _after),
    (rf"{_CUT}{_OFF}(?: everything| all)? {FROM_ONLY}", _after),
    (rf"{_CUT}{_OFF}(?: the| everything| all)?(?: part| bit| stretch| time)? {FROM_TO}{_OFF}", _cut_out),
    (rf"(?:only )?(?:keep|use|show|leave)(?: only| just)?(?: the| everything)?(?: part| bit)? {FROM_TO}(?: only| alone)?", _keep),
    (rf"(?:trim|cut|crop|limit){_IT}? (?:to|down to) (?:the part )?(?:from|between) {FROM_TO}", _keep),
    (rf"(?:only )?(?:keep|use|show)(?: only| just)? (?:the )?first {SECONDS}(?: only)?", lambda m: KeepOnly(0.0, _seconds(m))),
    (rf"(?:only )?(?:keep|use|show)(?: only| just)? (?:the )?last {SECONDS}(?: only)?", lambda m: KeepOnly(-_seconds(m), 0.0)),
    (
        rf"(?:trim|cut|shorten|limit|reduce|bring|get|crop){_IT}?(?: down)? to(?: only| just| about)?(?: the first)? {SECONDS}(?: long)?",
        lambda m: Shorten(_seconds(m)),
    ),
    (rf"make{_IT}(?: only| just| exactly)? {SECONDS}(?: long| short)?", lambda m: Shorten(_seconds(m))),
    (rf"(?:make{_IT} )?(?:no|not) longer than {SECONDS}", lambda m: Shorten(_seconds(m))),
    (
        rf"(?:swap|switch|exchange|flip|trade)(?: around)?(?: the)?(?: order of)?(?: {_PIECES})? (?P<first>{_N})"
        rf" ?(?:and|with|&|for|,)(?: {_PIECES})? (?P<second>{_N})",
        _swap,
    ),
    (rf"(?:swap|switch|exchange|flip) the first (?:two|2) {_PIECES}", lambda m: SwapPieces(1, 2)),
    (rf"(?:swap|switch|exchange|flip) the first and (?:the )?second {_PIECES}", lambda m: SwapPieces(1, 2)),
    (rf"(?:swap|switch|exchange|flip) the second and (?:the )?third {_PIECES}", lambda m: SwapPieces(2, 3)),
    (
        rf"(?:move|put|bring|place) {piece()} (?:to|at|as|in)(?: the)?(?: very)?"
        rf" (?:(?P<place>start|beginning|front|top|end|first|last)(?: place| position)?|(?:position|place|number) (?P<nth>{_N}))",
        _move,
    ),
    (rf"(?:move|put|bring|place) {piece()} (?P<side>before|after|behind) {piece('other')}", _beside),
    (rf"(?:start|begin|open) with {piece()}", lambda m: MovePiece(piece_number(m), 1)),
    (rf"(?:end|close|finish) with {piece()}", lambda m: MovePiece(piece_number(m), 0)),
    (rf"(?:{_CUT}|leave out|get rid of|kill|without|no){_OFF} {piece()}{_OFF}", lambda m: RemovePiece(piece_number(m))),
)

SPEEDS: tuple[Rule, ...] = (
    (rf"(?:(?:make|play|run){_OBJECT} )?{HOW_MUCH}(?:{_FASTER})", _faster),
    (
        rf"(?P<verb>speed|slow){_OBJECT} (?:up|down)(?P<tail>{_IT})?"
        r"(?: by (?P<by>\d+) ?(?:%|percent)| to (?P<to>\d+(?:[.,]\d+)?) ?(?:x|times))?",
        _paced,
    ),
    (
        rf"(?:(?:make|play|run|set|back to){_OBJECT} )?(?:at |to |back to )?"
        r"(?P<speed>double|half|twice the|normal|original|real|recorded|usual)(?: the)? speed",
        _at_speed,
    ),
    (rf"(?:(?:make|play|run|set){_OBJECT} )?(?:at |to )?(?P<speed>\d+(?:[.,]\d+)?) ?(?:x|times)(?: the)?(?: normal)? speed", _at_speed),
    (rf"(?:play|run){_OBJECT} (?:at |to )?(?P<speed>\d+(?:[.,]\d+)?) ?(?:x|times)", _at_speed),
)
