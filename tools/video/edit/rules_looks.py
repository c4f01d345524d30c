"""Sentences about picture and sound: zooms, looks, format, transitions, music, effects, fades, hiding."""

import math
import re

from tools.video.additions import HideMethod, LookKind
from tools.video.edit.edits import (
    AddLook,
    AddZoom,
    ChangeZoom,
    Edit,
    LookStrength,
    MusicGain,
    NoiseReduction,
    OriginalSound,
    ProgressBar,
    RemoveLook,
    SetAspect,
    SetFade,
    SetHideMethod,
    SetLayout,
    SetMusic,
    SetTransitions,
    SoundEffects,
    Watermark,
)
from tools.video.edit.phrases import HOW_MUCH, SECONDS, factor, number, piece, piece_number, seconds
from tools.video.edit.rules_cuts import Rule
from tools.video.edit.rules_text import OFF, ON
from tools.video.timeline import Layout, TransitionKind

_IT = r"(?:it|this|that|everything|the (?:whole )?(?:short|clip|video|picture|image))"
_ZOOM = r"(?:the |any )?(?:zooms?|zooming|zoom effect|punch[- ]?ins?|camera movement)"
_ON_PIECE = rf"(?:(?: on| in| into| at| to| of| for)? {piece()})?"

LOOKS = {
    "black and white": LookKind.MONOCHROME,
    "black & white": LookKind.MONOCHROME,
    "black-and-white": LookKind.MONOCHROME,
    "b&w": LookKind.MONOCHROME,
    "b/w": LookKind.MONOCHROME,
    "monochrome": LookKind.MONOCHROME,
    "greyscale": LookKind.MONOCHROME,
    "grayscale": LookKind.MONOCHROME,
    "mirror": LookKind.MIRROR,
    "mirrored": LookKind.MIRROR,
    "flipped": LookKind.MIRROR,
    "glow": LookKind.GLOW,
    "bloom": LookKind.GLOW,
    "film grain": LookKind.GRAIN,
    "grain": LookKind.GRAIN,
    "hand-held": LookKind.HANDHELD,
    "handheld": LookKind.HANDHELD,
    "hand held": LookKind.HANDHELD,
    "glitch": LookKind.GLITCH,
    "glitches": LookKind.GLITCH,
    "flash": LookKind.FLASH,
    "flashes": LookKind.FLASH,
    "shake": LookKind.SHAKE,
    "camera shake": LookKind.SHAKE,
    "vignette": LookKind.VIGNETTE,
    "stabilise": LookKind.STABILISE,
    "stabilize": LookKind.STABILISE,
    "stabilisation": LookKind.STABILISE,
    "stabilization": LookKind.STABILISE,
    "steady": LookKind.STABILISE,
    "picture denoise": LookKind.DENOISE,
    "denoise": LookKind.DENOISE,
    "grade": LookKind.GRADE,
    "colour grade": LookKind.GRADE,
    "color grade": LookKind.GRADE,
}
_LOOK = rf"(?P<look>{'|'.join(sorted(map(re.escape, LOOKS), key=len, reverse=True))})(?: (?:look|effect|filter|motion|camera|movement)s?)?"
_ASPECTS = {
    "square": "1:1",
    "vertical": "9:16",
    "portrait": "9:16",
    "horizontal": "16:9",
    "landscape": "16:9",
    "widescreen": "16:9",
    "wide": "16:9",
}
_TRANSITIONS = {
    "crossfade": TransitionKind.FADE,
    "cross-fade": TransitionKind.FADE,
    "dissolve": TransitionKind.FADE,
    "fade": TransitionKind.FADE,
    "fade to black": TransitionKind.FADE_BLACK,
    "black": TransitionKind.FADE_BLACK,
    "fade to white": TransitionKind.FADE_WHITE,
    "white": TransitionKind.FADE_WHITE,
    "slide": TransitionKind.SLIDE_LEFT,
    "slide up": TransitionKind.SLIDE_UP,
    "smooth": TransitionKind.SMOOTH_LEFT,
    "circle": TransitionKind.CIRCLE_OPEN,
    "zoom": TransitionKind.ZOOM_IN,
    "pixel": TransitionKind.PIXELIZE,
    "pixelize": TransitionKind.PIXELIZE,
    "blur": TransitionKind.BLUR,
    "wipe": TransitionKind.WIPE_LEFT,
}
_TRANSITION = rf"(?P<transition>{'|'.join(sorted(_TRANSITIONS, key=len, reverse=True))})"
_MUSIC = r"(?:the )?(?:background )?(?:music|song|soundtrack|tune)"
_OWN = r"(?:the |my |their |his |her )?(?:original |own )?(?:voices?|speech|speaker|original sound|original audio|own sound)"
_LOUD = r"(?P<loud>louder|stronger|higher)|quieter|softer|lower|fainter"
_LOUDER_DB = 4.0
_BETWEEN = r"(?: and | |-|_)"  # "teal and orange" is the look teal_orange


def _look(found: re.Match[str]) -> LookKind:
    return LOOKS[found["look"].lower()]


def _add_look(found: re.Match[str]) -> Edit:
    look = _look(found)
    if look is LookKind.GRADE:
        return AddLook(look, value="cinematic")
    return AddLook(look, 1.0 if look in (LookKind.MONOCHROME, LookKind.MIRROR) else 0.5)


def _add_grade(found: re.Match[str]) -> Edit:
    return AddLook(LookKind.GRADE, value=re.sub(_BETWEEN, "_", found["grade"].lower()))


def _remove_look(found: re.Match[str]) -> Edit:
    return RemoveLook(_look(found))


def _strength(found: re.Match[str]) -> Edit:
    much = factor(found, 1.4)
    return LookStrength(_look(found), round(much if found["up"] else 1 / much, 3))


def _zoom_speed(found: re.Match[str]) -> Edit:
    much = factor(found, 1.6)
    return ChangeZoom(speed=round(much if found["fast"] else 1 / much, 3), piece=piece_number(found))


def _zoom_amount(found: re.Match[str]) -> Edit:
    much = factor(found, 1.5)
    return ChangeZoom(amount=round(much if found["up"] else 1 / much, 3), piece=piece_number(found))


def _add_zoom(found: re.Match[str]) -> Edit:
    slowly = found["slow"] or found["slowly"]
    far = 1.08 if slowly else 1.15
    return AddZoom(*((far, 1.0) if found["way"].lower() == "out" else (1.0, far)), piece_number(found))


def _gain_db(found: re.Match[str]) -> float:
    if "db" in found.re.groupindex and found["db"]:
        return number(found["db"])
    return round(20 * math.log10(factor(found, 10 ** (_LOUDER_DB / 20))), 1)


def _music_gain(found: re.Match[str]) -> Edit:
    return MusicGain(_gain_db(found) if found["loud"] else -_gain_db(found))


def _music_turned(found: re.Match[str]) -> Edit:
    db = number(found["db"]) if found["db"] else _LOUDER_DB
    up = found["verb"].lower() in ("raise", "increase", "boost") or (found["way"] or "").lower() == "up"
    return MusicGain(db if up else -db)


def _own_gain(found: re.Match[str]) -> Edit:
    return OriginalSound(_gain_db(found) if found["loud"] else -_gain_db(found))


def _fade(found: re.Match[str]) -> Edit:
    length_s = round(seconds(found["seconds"]), 3) if "seconds" in found.re.groupindex and found["seconds"] else 0.6
    return SetFade(in_s=length_s) if found["way"].lower() == "in" else SetFade(out_s=length_s)


def _no_fade(found: re.Match[str]) -> Edit:
    way = (found["way"] or "").lower()
    return SetFade(in_s=None if way == "out" else 0.0, out_s=None if way == "in" else 0.0)


def _transition(found: re.Match[str]) -> Edit:
    word = (found["transition"] or "").lower() if "transition" in found.re.groupindex else ""
    return SetTransitions(_TRANSITIONS[word] if word else TransitionKind.FADE)


def look_rules(grades: tuple[str, ...]) -> tuple[Rule, ...]:
    """Rules about how the picture looks; `grades` are the named colour looks that may be said."""
    said = (name.replace("_", _BETWEEN) for name in grades)
    grade = rf"(?P<grade>{'|'.join(said) or '(?!)'})"
    return (
        (rf"(?:make )?{_ZOOM} {HOW_MUCH}(?:(?P<fast>faster|quicker)|slower){_ON_PIECE}", _zoom_speed),
        (rf"{HOW_MUCH}(?:(?P<fast>faster|quicker)|slower) {_ZOOM}{_ON_PIECE}", _zoom_speed),
        (rf"zoom(?: in)? {HOW_MUCH}(?:(?P<fast>faster|quicker|more quickly)|slower|more slowly){_ON_PIECE}", _zoom_speed),
        (rf"slow (?:down )?{_ZOOM}(?: down)?{_ON_PIECE}(?P<fast>(?!))?(?P<much>)(?P<percent>)(?P<times>)", _zoom_speed),
        (
            rf"(?:make )?{_ZOOM} {HOW_MUCH}(?:(?P<up>stronger|bigger|deeper|closer)|weaker|smaller|gentler|softer|subtler){_ON_PIECE}",
            _zoom_amount,
        ),
        (
            rf"{HOW_MUCH}(?:(?P<up>more|stronger|bigger|deeper|closer)|less|weaker|smaller|gentler|softer|subtler) {_ZOOM}{_ON_PIECE}",
            _zoom_amount,
        ),
        (rf"zoom (?:in )?{HOW_MUCH}(?:(?P<up>more|further|closer)|less){_ON_PIECE}", _zoom_amount),
        (rf"(?:{OFF}|don't|do not|never) {_ZOOM}(?: in| out)?{_ON_PIECE}", lambda m: ChangeZoom(amount=0.0, piece=piece_number(m))),
        (rf"{_ZOOM} off{_ON_PIECE}", lambda m: ChangeZoom(amount=0.0, piece=piece_number(m))),
        (
            rf"(?:{ON} )?(?P<slow>slow(?:ly)? |gentle |smooth )?zoom(?:s)?[- ]?(?P<way>in|out)"
            rf"(?P<slowly> slowly| gently| smoothly)?{_ON_PIECE}",
            _add_zoom,
        ),
        (rf"{ON} (?P<slow>slow |gentle |smooth )?(?P<way>zoom)s?(?P<slowly> slowly)?{_ON_PIECE}", _add_zoom),
        (rf"(?:{ON} )?(?:a )?punch[- ]?in{_ON_PIECE}", lambda m: AddZoom(1.15, 1.15, piece_number(m))),
        (rf"(?:{ON} |make {_IT} |turn {_IT} |in |more like )?(?:an? |some )?{_LOOK}(?: on| to {_IT})?", _add_look),
        (rf"(?:mirror|flip) {_IT}", lambda m: AddLook(LookKind.MIRROR, 1.0)),
        (rf"(?:stabili[sz]e|steady) {_IT}", lambda m: AddLook(LookKind.STABILISE)),
        (rf"(?:{OFF}|not) (?:an? )?{_LOOK}", _remove_look),
        (rf"{_LOOK} off", _remove_look),
        (rf"(?:make {_IT} |back )?(?:to |in )?colou?r(?: again)?", lambda m: RemoveLook(LookKind.MONOCHROME)),
        (rf"{OFF} (?:looks?|filters?|picture effects|visual effects)", lambda m: RemoveLook(None)),
        (rf"(?:make )?(?:the )?{_LOOK} {HOW_MUCH}(?:(?P<up>stronger|heavier)|weaker|lighter|softer|subtler)", _strength),
        (rf"{HOW_MUCH}(?:(?P<up>stronger|more|heavier)|weaker|less|lighter|softer|subtler) {_LOOK}", _strength),
        (
            rf"(?:{ON} |make {_IT} |change (?:the )?(?:look|grade|colou?rs?) to |give {_IT} )?(?:an? |the )?{grade}"
            r"(?: (?:look|grade|colou?rs?|tones?|grading|filter))",
            _add_grade,
        ),
        (
            rf"(?:change |set )?(?:the )?(?:look|grade|colou?rs?|colou?r grade|grading|filter)(?: to|:| =) {grade}",
            _add_grade,
        ),
        (
            rf"(?:make {_IT} |change (?:{_IT} |the (?:format|aspect|shape) )?(?:in)?to |switch to |in |as |format:? |use )?(?:an? )?"
            rf"(?P<aspect>9:16|1:1|4:5|16:9|{'|'.join(_ASPECTS)})(?: format| video| aspect(?: ratio)?| shape)?",
            lambda m: SetAspect(_ASPECTS.get(m["aspect"].lower(), m["aspect"])),
        ),
        (rf"(?:fill the (?:frame|screen)|full[- ]?(?:frame|screen)|{OFF} (?:blurred|blurry) background){_ON_PIECE}", _full),
        (
            rf"(?:{ON} )?(?:an? )?(?:blurred|blurry) background{_ON_PIECE}|"
            r"show the whole (?:picture|frame|image)(?: with a blurr(?:ed|y) background)?",
            lambda m: SetLayout(Layout.BLURRED, piece_number(m)),
        ),
        (rf"(?:{ON} |make {_IT} )?(?:an? )?split[- ]?screen{_ON_PIECE}", lambda m: SetLayout(Layout.SPLIT, piece_number(m))),
        (rf"{OFF} transitions?|(?:{ON} )?(?:hard|plain|straight|simple) cuts(?: only)?", lambda m: SetTransitions(None)),
        (
            rf"(?:{ON} )?(?:{_TRANSITION} )?transitions?(?: between (?:all |the )?(?:clips|pieces|parts|cuts))?",
            _transition,
        ),
        (rf"(?:{ON} )?{_TRANSITION}s? between (?:all |the )*(?:clips|pieces|parts|cuts|scenes)", _transition),
        (rf"{OFF} (?:the )?fad(?:e|es|ing)(?:[- ](?P<way>in|out))?", _no_fade),
        (rf"(?:{ON} )?(?:an? )?{SECONDS} fade[- ]?(?P<way>in|out)", _fade),
        (rf"(?:{ON} )?(?:an? )?(?:longer |slow )?fade[- ]?(?P<way>in|out)(?: (?:over|for|of|in) {SECONDS})?", _fade),
        (rf"{OFF} progress bar|(?:the )?progress bar off", lambda m: ProgressBar(False)),
        (rf"(?:{ON} )?(?:a |the )?progress bar(?: on)?", lambda m: ProgressBar(True)),
        (rf"{OFF} (?:watermark|logo)|(?:the |my )?(?:watermark|logo) off", lambda m: Watermark(False)),
        (rf"(?:{ON} )?(?:a |the |my |our )?(?:watermark|logo)(?: on)?", lambda m: Watermark(True)),
        (r"(?P<how>pixelate|blur|mask|black out|box)(?: out)? (?:the |all |all the )?faces?(?: instead)?", _hide),
        (
            r"(?:hide|cover) (?:the |all |all the )?faces? (?:with|by|using) (?:an? )?(?P<how>blur\w*|pixel\w*|mask\w*|box\w*|black\w*)",
            _hide,
        ),
    )


def _full(found: re.Match[str]) -> Edit:
    return SetLayout(Layout.FULL, piece_number(found))


def _hide(found: re.Match[str]) -> Edit:
    how = found["how"].lower()
    method = HideMethod.PIXELATE if how.startswith("pixel") else HideMethod.BLUR if how.startswith("blur") else HideMethod.MASK
    return SetHideMethod(method)


def sound_rules(music: tuple[str, ...]) -> tuple[Rule, ...]:
    """Rules about sound; `music` are the names of the library's pieces."""
    named = rf"(?P<name>{'|'.join(map(re.escape, music)) or '(?!)'})"
    some = music[0] if music else "music"
    return (
        (rf"{OFF} {_MUSIC}(?: track)?|{_MUSIC} (?:off|away)|turn {_MUSIC} off", lambda m: SetMusic("")),
        (rf"(?:make )?{_MUSIC}(?: volume)? {HOW_MUCH}(?:{_LOUD})(?: by (?P<db>\d+) ?db)?", _music_gain),
        (rf"{HOW_MUCH}(?:{_LOUD}) {_MUSIC}", _music_gain),
        (rf"(?P<verb>turn) (?:{_MUSIC} (?P<way>up|down)|(?:up|down) {_MUSIC})(?: by (?P<db>\d+) ?db)?", _music_turned),
        (rf"(?P<verb>lower|raise|increase|reduce|decrease|boost) {_MUSIC}(?: volume)?(?: by (?P<db>\d+) ?db)?(?P<way>)", _music_turned),
        (rf"(?:(?:change|set|switch|use|play|put|add) )?{_MUSIC}(?: to|:| =| by)*(?: the)? ?[\"']?{named}[\"']?", _named_music),
        (
            rf"(?:{ON}|play|change to|switch to)?(?: the| some)? ?[\"']?{named}[\"']? (?:music|song|track)(?: under it| to it)?",
            _named_music,
        ),
        (rf"(?:{ON}|play|change to|switch to) (?P<name>[a-z]+) {_MUSIC}(?: under it| to it)?", _named_music),
        (rf"{ON} {_MUSIC}(?: under it| to it)?", lambda m: SetMusic(some)),
        (rf"(?:change|set|switch|use|play)? ?{_MUSIC}(?: to|:| =)+ ?[\"']?(?P<name>[\w-]+)[\"']?", _named_music),
        (rf"{OFF} (?:sound effects?|sfx|sound fx|whooshes)|(?:sound effects?|sfx) off", lambda m: SoundEffects(False)),
        (rf"{ON} (?:sound effects?|sfx|sound fx|whooshes)(?: on the cuts)?|(?:sound effects?|sfx) on", lambda m: SoundEffects(True)),
        (rf"(?:mute|silence|{OFF}) (?:the )?(?:{_OWN}|original)", lambda m: OriginalSound(is_muted=True)),
        (rf"(?:unmute|restore|bring back)(?: {_OWN}| it| the (?:sound|audio|original))?", lambda m: OriginalSound()),
        (rf"(?:make )?{_OWN} {HOW_MUCH}(?:{_LOUD})(?: by (?P<db>\d+) ?db)?", _own_gain),
        (rf"{HOW_MUCH}(?:{_LOUD}) {_OWN}", _own_gain),
        (r"(?:less|reduce|remove|no|clean up|take out|cut)(?: the)?(?: background| room)? noise", lambda m: NoiseReduction(0.6)),
        (r"(?:clean up the (?:sound|audio)|noise reduction on|(?:add|use|with) noise reduction)", lambda m: NoiseReduction(0.6)),
        (rf"(?:{OFF} noise reduction|noise reduction off)", lambda m: NoiseReduction(0.0)),
    )


def _named_music(found: re.Match[str]) -> Edit:
    return SetMusic(found["name"].lower())
