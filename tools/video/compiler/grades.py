"""Colour: named looks as numbers, and the owner's own .cube files.

A named look is a curve of the luma, a gain of the chroma and two tints (of the shadows and of the lights): table look-ups in yuv420p, which
cost a tenth of a three-dimensional table, because nothing is converted to RGB and back. (`lutyuv` cuts fractions off: hence `round`.)
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.errors import InputError

_LARGEST_CUBE = 129
_TONING = 0.2  # how far chroma is drawn towards the colour that follows the luma


@dataclass(frozen=True, slots=True)
class Grade:
    """`contrast` bends the luma (0 is straight), `lift` raises black by so many codes, `gamma` above 1 lightens the middle.

    `shadows` and `lights` are (Cb, Cr) codes added where it is dark and where it is light.
    """

    contrast: float = 0.0
    lift: float = 0.0
    gamma: float = 1.0
    saturation: float = 1.0
    shadows: tuple[float, float] = (0.0, 0.0)
    lights: tuple[float, float] = (0.0, 0.0)


GRADES: dict[str, Grade] = {
    "warm": Grade(0.15, 0, 1.03, 1.05, (-3, 3), (-9, 6)),
    "cool": Grade(0.15, 0, 1.0, 0.96, (7, -4), (6, -5)),
    "teal_orange": Grade(0.35, 0, 1.0, 1.12, (9, -11), (-9, 9)),
    "faded": Grade(-0.1, 22, 1.06, 0.78, (3, -1), (-3, 2)),
    "punchy": Grade(0.5, 0, 1.04, 1.32),
    "bright": Grade(0.1, 0, 1.45, 1.12),
    "noir": Grade(0.75, 0, 0.92, 0.0),
    "vintage": Grade(0.1, 16, 1.02, 0.82, (-4, 6), (-14, 5)),
    "cinematic": Grade(0.3, 5, 0.97, 0.92, (5, -5), (-5, 4)),
}
"""The named looks, for `Look.value` with `LookKind.GRADE`."""


def graded(picture: Any, name: str, strength: float) -> Any:
    """The picture in a named look; a strength of 0 changes nothing."""
    grade = GRADES[name]
    straight = "(val-16)/219"
    bent = f"pow(clip({straight},0,1),{1 / grade.gamma:.4f})"
    curve = f"({bent}+{grade.contrast}*0.5*({bent}-0.5)*(1-pow(2*{bent}-1,2))*2)"
    luma = f"16+{grade.lift}+({219 - grade.lift})*clip({curve},0,1)"
    gain = 1 + (grade.saturation - 1) * strength
    if _is_split(grade):
        gain /= 1 - _TONING  # what the toning takes away again
    middle = [(dark + light) / 2 * strength for dark, light in zip(grade.shadows, grade.lights, strict=True)]
    picture = picture.filter(
        "lutyuv",
        y=f"round(val+{strength}*({luma}-val))",
        u=f"round(clip(128+{gain:.4f}*(val-128)+{middle[0]:.2f},16,240))",
        v=f"round(clip(128+{gain:.4f}*(val-128)+{middle[1]:.2f},16,240))",
    )
    return _split_toned(picture, grade, strength)


def _split_toned(picture: Any, grade: Grade, strength: float) -> Any:
    """What the tints of shadows and lights differ by: chroma drawn a little towards a colour that follows the luma."""
    if not _is_split(grade):
        return picture
    half = [(light - dark) / 2 * strength for dark, light in zip(grade.shadows, grade.lights, strict=True)]
    tints = [f"round(128+{value / _TONING:.2f}*clip((val-118)/70,-1,1))" for value in half]
    return picture.filter("pseudocolor", c0="val", c1=tints[0], c2=tints[1], i=0, opacity=_TONING)


def _is_split(grade: Grade) -> bool:
    return grade.shadows != grade.lights


def check_cube(path: Path) -> int:
    """The size of a three-dimensional .cube table.

    Raises:
        InputError: It is no such table, or values are missing.

    Source: Adobe Cube LUT Specification 1.0.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="strict")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The colour table {path.name} cannot be read.", hint="Send a .cube file, as editing programs export it."
        ) from error
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    sizes = [line.split()[-1] for line in lines if line.startswith("LUT_3D_SIZE")]
    if len(sizes) != 1 or not sizes[0].isdigit() or not 2 <= int(sizes[0]) <= _LARGEST_CUBE:
        raise InputError(f"{path.name} is no three-dimensional .cube table.", hint="Export it with 17, 33 or 65 points to a side.")
    values = [line for line in lines if line[0] in "+-.0123456789"]
    if len(values) != int(sizes[0]) ** 3 or not all(_is_color(line) for line in values):
        raise InputError(
            f"{path.name} should hold {int(sizes[0]) ** 3} lines of three numbers, and has {len(values)} or broken ones.",
            hint="Export the table again.",
        )
    return int(sizes[0])


def _is_color(line: str) -> bool:
    try:
        return len([float(part) for part in line.split()]) == 3
    except ValueError:
        return False
