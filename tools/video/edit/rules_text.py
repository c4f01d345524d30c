"""Sentences about captions and the title."""

import re

from tools.video.edit.edits import CaptionPlace, CaptionSize, CaptionsShown, CaptionStyle, CaptionText, Edit, Place, TitleText
from tools.video.edit.phrases import HOW_MUCH, NUMBER, QUOTED, factor, number, quoted
from tools.video.edit.rules_cuts import Rule

OFF = (
    r"(?:(?:no|without|remove|delete|drop|hide|disable|kill|lose|stop|cut|mute)|(?:turn|switch|take) (?:off|away|out)|get rid of|take out)"
    r"(?: any| all)?(?: of)?(?: the| that| those)?"
)
ON = r"(?:(?:add|show|use|enable|with|bring back|give it|give me|put in|put|insert)|(?:turn|switch) on|i want|include)(?: some| an?| the)?"
_CAPTIONS = r"(?:the )?(?:captions?|subtitles?|subs|caption text|caption size|font|font size|text size|words|letters)"
_THEM = rf"(?:{_CAPTIONS}|them)"
_TITLE = r"(?:the )?(?:title|hook|headline|heading)"
_BIG = r"(?P<big>bigger|larger|huger|taller)|smaller|tinier"
_SAYS = r"(?: should)?(?: to|:| =| is| be| say| says| read| reads| into| as| with| by)*"
_PLACES = {"top": Place.TOP, "middle": Place.MIDDLE, "center": Place.MIDDLE, "centre": Place.MIDDLE, "bottom": Place.BOTTOM}


def _size(found: re.Match[str]) -> Edit:
    much = factor(found, 1.25)
    return CaptionSize(round(much if found["big"] else 1 / much, 3))


def _sized(found: re.Match[str]) -> Edit:
    up = found["verb"].lower() in ("increase", "enlarge", "grow", "scale up", "blow up")
    much = 1 + number(found["by"]) / 100 if found["by"] else 1.25
    return CaptionSize(round(much if up else 1 / much, 3))


def _style(found: re.Match[str]) -> Edit:
    return CaptionStyle(found["style"].lower())


def _place(found: re.Match[str]) -> Edit:
    return CaptionPlace(_PLACES[found["place"].lower()])


def _reword(found: re.Match[str]) -> Edit:
    return CaptionText(quoted(found, "old"), quoted(found, "new"))


def _reword_plain(found: re.Match[str]) -> Edit:
    return CaptionText(found["old"].strip(), found["new"].strip())


def _cue(found: re.Match[str]) -> Edit:
    return CaptionText("", quoted(found, "new"), int(number(found["cue"])))


_OLD, _NEW = QUOTED.format("old"), QUOTED.format("new")
_WORD = r"[^\s,\"';]+"
_IN_CAPTIONS = r"(?: (?:in|on) (?:the |all )?(?:captions?|subtitles?|text))?"
_NAME = rf"(?: (?:the |this |that ))?(?:{_CAPTIONS}|the word|the words|the text|the line|word|text)?"


def caption_rules(styles: tuple[str, ...]) -> tuple[Rule, ...]:
    """Rules about captions; `styles` are the names that may be said."""
    style = rf"(?P<style>{'|'.join(map(re.escape, styles))})"
    return (
        (rf"(?:make |have |set )?{_THEM}(?: text)? {HOW_MUCH}(?:{_BIG})", _size),
        (rf"(?:make |use |with |have )?{HOW_MUCH}(?:{_BIG}) (?:{_CAPTIONS}|text|size)", _size),
        (rf"{_CAPTIONS} (?:are |is )?too (?:(?P<big>small|tiny)|big|large)(?P<much>)(?P<percent>)(?P<times>)", _size),
        (
            rf"(?P<verb>increase|enlarge|grow|scale up|blow up|reduce|shrink|decrease|scale down) (?:the size of )?{_CAPTIONS}"
            r"(?: by (?P<by>\d+) ?(?:%|percent))?",
            _sized,
        ),
        (
            rf"(?:make |change |set |switch |turn )?{_CAPTIONS}(?: style)?(?: in| to| into| as| with| like|:)*"
            rf"(?: the)?(?: style)? {style}(?: style)?",
            _style,
        ),
        (
            rf"(?:use|switch to|change to|set|try|give me|give it|with|in)?(?: the)? ?{style}(?:[- ]style)?(?: style)?(?: {_CAPTIONS})",
            _style,
        ),
        (rf"(?:use|switch to|change to|set|try)(?: the)? {style} style", _style),
        (rf"{OFF} {_CAPTIONS}", lambda m: CaptionsShown(False)),
        (rf"(?:turn |switch )?{_CAPTIONS} (?:off|away)", lambda m: CaptionsShown(False)),
        (rf"{ON} {_CAPTIONS}(?: again| back| on)?", lambda m: CaptionsShown(True)),
        (rf"(?:turn |switch )?{_CAPTIONS} (?:on|back)", lambda m: CaptionsShown(True)),
        (
            rf"(?:(?:move|put|place|show|set) )?(?:{_THEM}|it) (?:to |at |in |on |near )(?:the )?(?P<place>top|middle|center|centre|bottom)"
            r"(?: of the (?:screen|frame|picture|video))?",
            _place,
        ),
        (
            rf"(?:change|replace|correct|fix|rename|edit|turn|update){_NAME} ?{_OLD} (?:to|with|by|into|for|as|->|→)"
            rf"(?: {_CAPTIONS})? ?{_NEW}{_IN_CAPTIONS}",
            _reword,
        ),
        (rf"(?:write|spell|use|say|put|show) ?{_NEW} (?:instead of|not|for|rather than) ?{_OLD}{_IN_CAPTIONS}", _reword),
        (rf"(?:spell|write|show) ?{_OLD} (?:as|like) ?{_NEW}{_IN_CAPTIONS}", _reword),
        (rf"{_NAME} ?{_OLD} should (?:be|say|read)(?: spelled| written)? ?{_NEW}{_IN_CAPTIONS}", _reword),
        (rf"it (?:should say|says|is|should be) ?{_NEW},? (?:not|instead of) ?{_OLD}", _reword),
        (
            rf"(?:change|replace|correct|fix)(?: the)? (?:word|caption|name) (?P<old>{_WORD}) (?:to|with|by|into) (?P<new>{_WORD})"
            rf"{_IN_CAPTIONS}",
            _reword_plain,
        ),
        (rf"(?:spell|write) (?P<old>{_WORD}) as (?P<new>{_WORD}){_IN_CAPTIONS}", _reword_plain),
        (
            rf"(?:change |set |make |edit )?(?:the )?(?:caption|cue|subtitle) (?:number |no\.? |#)?(?P<cue>\d{{1,3}}|{NUMBER})"
            rf"{_SAYS} ?{_NEW}",
            _cue,
        ),
        (rf"{OFF}(?: words?| caption| text)? ?{_OLD}{_IN_CAPTIONS}", lambda m: CaptionText(quoted(m, "old"), "")),
        (rf"(?:change |set |make |use )?{_TITLE}{_SAYS} ?{_NEW}", lambda m: TitleText(quoted(m, "new"))),
        (rf"(?:title|call|name|retitle)(?: it| this)?{_SAYS} ?{_NEW}", lambda m: TitleText(quoted(m, "new"))),
        (rf"(?:change |set )?{_TITLE}(?: to|:| should (?:be|say|read)) (?P<plain>[^\",;']+)$", lambda m: TitleText(m["plain"].strip(" ."))),
        (rf"{OFF} {_TITLE}", lambda m: TitleText("")),
        (rf"{_TITLE} (?:off|away)", lambda m: TitleText("")),
    )
