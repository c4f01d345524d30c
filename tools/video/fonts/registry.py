"""The font families there are: those in `files` (SIL Open Font License, texts in this folder) and those a brand adds.

libass scales a font so that its Windows ascent plus descent (OS/2 table) equals the ASS font size; Pillow's size is the em. `line_scale`
is the ratio of the two. The numbers of the table are read from the files; a test checks them against the files and against what is drawn.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from memory.errors import InputError

FONTS_FOLDER = Path(__file__).parent / "files"  # nothing else lies there: libass opens every file of it as a font
_MOST_BYTES = 12 << 20  # a brand's font travels inside the caption script
_FORMATS = (".ttf", ".otf")


@dataclass(frozen=True, slots=True)
class Font:
    """A font file. `name` is how a brand asks for it, `family` how libass finds it; the heights are in ems above and below the baseline."""

    name: str
    file: str  # in FONTS_FOLDER, or the whole path of a brand's own
    family: str
    ascent: float  # OS/2 winAscent: the line box libass lays the text in
    descent: float
    cap_height: float
    is_tall: bool = False  # letters reach further up and down than Latin ones do

    @property
    def path(self) -> Path:
        return FONTS_FOLDER / self.file

    @property
    def is_own(self) -> bool:
        """A brand's own file, which libass does not find in the folder."""
        return self.path.parent != FONTS_FOLDER

    @property
    def line_scale(self) -> float:
        return self.ascent + self.descent

    def ass_size(self, em_px: float) -> float:
        """The ASS `Fontsize` that draws this em."""
        return round(em_px * self.line_scale, 1)

    def width_px(self, text: str, em_px: float) -> float:
        """The advance width of one line of text in this font alone, shaped and kerned where Pillow can."""
        from tools.video.fonts.measure import run_width

        return run_width(self, text) * em_px


CAPTION_FONT = Font("Montserrat", "Montserrat-ExtraBold.ttf", "Montserrat ExtraBold", 1.109, 0.453, 0.7)
TITLE_FONT = Font("Anton", "Anton-Regular.ttf", "Anton", 2876 / 2048, 674 / 2048, 1760 / 2048)
BUILT_IN = (
    CAPTION_FONT,
    TITLE_FONT,
    Font("Bebas Neue", "BebasNeue-Regular.ttf", "Bebas Neue", 0.95, 0.35, 0.7),
    Font("Poppins", "Poppins-Bold.ttf", "Poppins", 1.135, 0.627, 0.705),  # it carries Devanagari too
    Font("Inter", "Inter-SemiBold.ttf", "Inter SemiBold", 2269 / 2048, 660 / 2048, 1490 / 2048),
    Font("Bangers", "Bangers-Regular.ttf", "Bangers", 1.401, 0.356, 0.721),
    Font("Cairo", "Cairo-ExtraBold.ttf", "Cairo ExtraBold", 1.312, 0.571, 0.7, is_tall=True),
    Font("Noto Sans Hebrew", "NotoSansHebrew-ExtraBold.ttf", "Noto Sans Hebrew ExtraBold", 1.068, 0.292, 0.714),
    Font("Noto Sans Thai", "NotoSansThai-ExtraBold.ttf", "Noto Sans Thai ExtraBold", 1.061, 0.45, 0.714, is_tall=True),
    Font("Noto Sans JP", "NotoSansCJKjp-Bold.otf", "Noto Sans CJK JP", 1.16, 0.288, 0.733),
    Font("Noto Sans SC", "NotoSansCJKsc-Bold.otf", "Noto Sans CJK SC", 1.16, 0.288, 0.733),
    Font("Noto Sans TC", "NotoSansCJKtc-Bold.otf", "Noto Sans CJK TC", 1.16, 0.288, 0.733),
    Font("Noto Sans KR", "NotoSansCJKkr-Bold.otf", "Noto Sans CJK KR", 1.16, 0.288, 0.733),
)
_FONTS: dict[str, Font] = {font.name.casefold(): font for font in BUILT_IN}


def font_names() -> tuple[str, ...]:
    """The families a brand can ask for."""
    return tuple(font.name for font in _FONTS.values())


def find_font(name: str) -> Font | None:
    """The family of this name, in any case; None when there is none."""
    return _FONTS.get(" ".join(name.split()).casefold())


def add_font(path: Path) -> Font:
    """Take in a brand's own font file; from then on its family name can be used in this process. Adding it again changes nothing.

    Raises:
        InputError: The file is no TrueType or OpenType font, is too large, or has no Latin letters.
    """
    font = _read_font(path.resolve())
    _FONTS[font.name.casefold()] = font
    return font


@cache
def _read_font(path: Path) -> Font:
    from fontTools.ttLib import TTFont, TTLibError

    hint = f"Send the font as one {' or '.join(_FORMATS)} file."
    if path.suffix.lower() not in _FORMATS or not path.is_file():
        raise InputError(f"{path.name} is not a font file.", hint=hint)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"The font {path.name} is larger than {_MOST_BYTES >> 20} MB.", hint="Send a single weight of it.")
    try:
        with path.open("rb") as content, TTFont(content, lazy=True) as file:
            names, metrics, upem = file["name"], file["OS/2"], file["head"].unitsPerEm
            family, cmap = names.getDebugName(1) or "", file.getBestCmap() or {}
            friendly = names.getDebugName(16) or family
            ascent, descent = metrics.usWinAscent, metrics.usWinDescent
            if ascent + descent == 0:
                ascent, descent = file["hhea"].ascent, -file["hhea"].descent
            cap = getattr(metrics, "sCapHeight", 0) or round(0.7 * upem)
            is_drawable = "glyf" in file or "CFF " in file or "CFF2" in file
    except (TTLibError, KeyError, AttributeError, OSError, ValueError, EOFError) as error:
        raise InputError(f"The font {path.name} cannot be read.", hint=hint) from error
    except (AssertionError, IndexError, TypeError, OverflowError, MemoryError) as error:  # fontTools over damaged tables
        raise InputError(f"The font {path.name} is damaged.", hint=hint) from error
    if not family or not is_drawable or not {ord("a"), ord("A"), ord("0")} <= cmap.keys():
        raise InputError(f"The font {path.name} has no Latin letters and digits that could be drawn.", hint=hint)
    if any(sign in family for sign in "\\{}\n") or len(family) > 64:
        raise InputError(f"The font {path.name} has a family name that captions cannot use.", hint="Rename the family in a font editor.")
    return Font(" ".join(friendly.split()), str(path), family, ascent / upem, descent / upem, cap / upem)
