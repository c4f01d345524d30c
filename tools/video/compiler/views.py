"""A view that moves over a picture without jumping from pixel to pixel: zooms, drifting crops, hand-held motion.

ffmpeg can crop at whole pixels alone (whole chroma samples in yuv420p), which in a slow zoom is seen as trembling. Two crops around one
scaling work like a vernier: of the windows that could be scaled, that one is taken in which the wanted left edge falls on a whole pixel of
the result. At a scale that is no simple fraction this is exact to about a tenth of a pixel, for the price of scaling a few pixels more.
"""

from dataclasses import dataclass
from typing import Any

_ROOM = 20  # pixels of the picture among which a window is chosen
_FLAGS = "bicubic"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a view, in pixels of the picture and expressions of the time `t`.

    `start` is where the region begins, `size` how much of it is shown at zoom 1, `zoom` the enlargement around the share `fixed` of the
    shown part, which stays where it is; `least` is the least zoom. `length` is the picture's, `output` the frame's.
    """

    length: int
    start: str
    size: int
    output: int
    fixed: float = 0.5
    zoom: str = "1"
    least: float = 1.0

    @property
    def window(self) -> int:
        """The size of the part that is scaled."""
        return min(self.length + 2 * _ROOM, round(self.size / self.least + _ROOM) // 2 * 2 + 2)

    @property
    def scaled(self) -> str:
        """The size it is scaled to."""
        return f"round({self.window * self.output / self.size:.6f}*({self.zoom}))"

    def _search(self) -> str:
        """Leaves in registers: 5 the true scale, 6 where the view begins in the padded picture, 4 the window's first pixel."""
        shown = f"{self.output}/ld(5)"
        begin = f"({self.start})+{_ROOM + self.fixed * self.size:.6f}-{self.fixed}*{shown}"
        lowest = f"2*ceil(max(0,ld(6)+{shown}-{self.window}-0.01)/2)"
        highest = f"min(ld(6)+0.01,{self.length + 2 * _ROOM - self.window})"
        better = "if(lt(ld(3),ld(1)-0.001),st(1,ld(3));st(4,ld(0)),0)"
        error = "st(2,(ld(6)-ld(0))*ld(5));st(3,abs(ld(2)-round(ld(2))))"
        loop = f"while(lte(ld(0),ld(7)),{error};{better};st(0,ld(0)+2))"
        return f"st(5,{self.scaled}/{self.window});st(6,{begin});st(0,{lowest});st(4,ld(0));st(7,{highest});st(1,9);{loop}"

    def first(self) -> str:
        """Where the window begins."""
        return f"{self._search()};ld(4)"

    def second(self) -> str:
        """Where the frame begins in the scaled window."""
        return f"{self._search()};max(0,round((ld(6)-ld(4))*ld(5)))"


def viewed(picture: Any, across: Axis, down: Axis) -> Any:
    """The picture (constant rate, times from 0) seen through the view, in the size of its outputs, yuv420p.

    The rim is repeated outwards: windows may reach over it, the frame does not.
    """
    width, height = across.length + 2 * _ROOM, down.length + 2 * _ROOM
    picture = picture.filter("pad", width, height, _ROOM, _ROOM)
    picture = picture.filter("fillborders", _ROOM, _ROOM, _ROOM, _ROOM, mode="smear")
    picture = picture.filter("crop", across.window, down.window, across.first(), down.first())
    picture = picture.filter("scale", across.scaled, down.scaled, eval="frame", flags=_FLAGS, out_range="tv", reset_sar=1)
    # No filter between these two: the crop learns of a new size from its neighbour alone. It crops in full chroma, so at any pixel.
    picture = picture.filter("crop", across.output, down.output, across.second(), down.second())
    return picture.filter("format", "yuv444p").filter("format", "yuv420p")
