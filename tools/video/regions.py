"""Parts of the picture that an owner wants hidden: by numbers, or by name as people say them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

from memory.domain import Json
from memory.errors import InputError

MOST_REGIONS = 20
_SHARES_HINT = "Give place and size as shares of the picture's width and height: 0.5 is half of it."


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A part of the source's picture that an owner wants hidden, in shares of its width and height, from second to second of the source.

    `end_s` 0: to the end.
    """

    x: float
    y: float
    width: float
    height: float
    start_s: float = 0.0
    end_s: float = 0.0


def check_region(region: DrawnRegion) -> DrawnRegion:
    """
    Raises:
        InputError: It is not inside the picture, or ends before it starts.
    """
    if not (0 <= region.x < 1 and 0 <= region.y < 1 and 0 < region.width <= 1 and 0 < region.height <= 1):
        place = f"{region.x:g}, {region.y:g} of {region.width:g} by {region.height:g}"
        raise InputError(f"The region at {place} is not inside the picture.", hint=_SHARES_HINT)
    if not 0 <= region.start_s < float("inf") or not isfinite(region.end_s) or (region.end_s and region.end_s <= region.start_s):
        raise InputError(f"The region's end {region.end_s:g} s must be after its start {region.start_s:g} s.")
    return region


def read_region(said: object) -> DrawnRegion:
    """A region of an object with the names of its fields, or of 4 to 6 numbers in their order.

    Raises:
        InputError: It is neither, or no region of a picture.
    """
    known = [field.name for field in fields(DrawnRegion)]
    shape = f"A region to hide has {', '.join(known[:4])} and, where it is not hidden all the time, start_s and end_s; not {said!r}."
    if isinstance(said, Mapping):
        given: dict[str, Any] = {str(name): value for name, value in said.items() if value is not None}
    elif isinstance(said, Sequence) and not isinstance(said, str):
        given = dict(zip(known, said, strict=False)) if len(said) <= len(known) else {}
    else:
        given = {}
    if not set(known[:4]) <= set(given) <= set(known):
        raise InputError(shape, hint=_SHARES_HINT)
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in given.values()):
        raise InputError(shape, hint="Each of them is a number.")
    return check_region(DrawnRegion(**{name: float(value) for name, value in given.items()}))


def as_json(region: DrawnRegion) -> Json:
    """What `read_region` reads; times only where there are any."""
    times = {name: value for name, value in (("start_s", region.start_s), ("end_s", region.end_s)) if value}
    return {"x": region.x, "y": region.y, "width": region.width, "height": region.height, **times}


# --- parts that have names ----------------------------------------------------------------------------------------

_THIRD = 0.34  # a hand more than a third: rather too much is hidden than too little
_SIZES = {"corner": _THIRD, "quarter": 0.5, "third": _THIRD, "half": 0.5}


def named(words: str) -> DrawnRegion:
    """The region of "lower left corner", "lower left quarter" (half by half), "lower third" or "left half".

    Raises:
        InputError: There is no such part.
    """
    region = _NAMED.get(words)
    if region is None:
        raise InputError(f"I know no part of the picture called {words!r}.", hint=f"There are: {', '.join(_NAMED)}.")
    return region


def say(region: DrawnRegion) -> str:
    """A region as an owner would say it."""
    place = DrawnRegion(region.x, region.y, region.width, region.height)
    name = next((f"the {name}" for name, known in _NAMED.items() if known == place), "")
    if name.endswith("corner"):
        name += " (a third of width and height)"
    where = name or f"a part of {region.width:.0%} by {region.height:.0%} at {region.x:.0%} from the left and {region.y:.0%} from the top"
    if region.end_s:
        return f"{where} from second {region.start_s:g} to {region.end_s:g}"
    return f"{where} from second {region.start_s:g} on" if region.start_s else where


def _rest(size: float) -> float:
    return round(1 - size, 2)


def _name_all() -> Mapping[str, DrawnRegion]:
    parts: dict[str, DrawnRegion] = {}
    for kind in ("corner", "quarter"):
        size = _SIZES[kind]
        for down in ("upper", "lower"):
            for across in ("left", "right"):
                at = (0.0 if across == "left" else _rest(size), 0.0 if down == "upper" else _rest(size))
                parts[f"{down} {across} {kind}"] = DrawnRegion(*at, size, size)
    for kind in ("third", "half"):
        size = _SIZES[kind]
        parts[f"upper {kind}"] = DrawnRegion(0.0, 0.0, 1.0, size)
        parts[f"lower {kind}"] = DrawnRegion(0.0, _rest(size), 1.0, size)
        parts[f"left {kind}"] = DrawnRegion(0.0, 0.0, size, 1.0)
        parts[f"right {kind}"] = DrawnRegion(_rest(size), 0.0, size, 1.0)
    return parts


_NAMED = _name_all()
