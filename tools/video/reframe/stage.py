"""What planning one shot works with: its analysis, its people, the frame to fill; and the piece that comes out."""

from dataclasses import dataclass
from fractions import Fraction

from tools.video.additions import Rect
from tools.video.geometry import crop_at
from tools.video.media import Analysis, Span
from tools.video.reframe.camera import crop_size
from tools.video.reframe.tracks import Track, center
from tools.video.timeline import Crop, CropFrom, Layout, to_ticks

EYES = 0.42  # where the eyes lie in a crop, as a share from its top, where there is room
_EYES_IN_BOX = 0.42  # and where they lie in the box of a face (mean of YuNet's eye points over the demo source)
_SMALL_FACE, _WANTED_FACE = 0.1, 0.15  # of the crop's height: a smaller face is brought nearer, until it is this high ...
_MOST_UPSCALE = 1.3  # ... or the crop is enlarged this much, whichever comes first


@dataclass(frozen=True, slots=True)
class Stage:
    """A shot (cut down to the span that is planned) and the frame it is to fill, in pixels."""

    analysis: Analysis
    shot: Span
    frame: tuple[int, int]
    tracks: tuple[Track, ...]

    @property
    def picture(self) -> tuple[int, int]:
        return self.analysis.probe.width_px, self.analysis.probe.height_px

    @property
    def size(self) -> tuple[int, int]:
        """The largest crop with the frame's aspect."""
        return crop_size(*self.picture, Fraction(*self.frame))

    @property
    def is_cropped(self) -> bool:
        """Whether the frame's crop leaves out much of the picture."""
        return self.size[0] * self.size[1] < 0.8 * self.picture[0] * self.picture[1]

    def tight_size(self, person: Track) -> tuple[int, int]:
        """A smaller crop where a person is small in a picture with pixels to spare (4K), else the largest."""
        width, height = self.size
        if person.size[1] >= _SMALL_FACE * height:
            return self.size
        share = max(person.size[1] / (_WANTED_FACE * height), self.frame[0] / _MOST_UPSCALE / width)
        return self.size if share >= 0.95 else crop_size(round(width * share), round(height * share), Fraction(*self.frame))

    def still(self, crop: Crop, layout: Layout = Layout.FULL) -> "Piece":
        """The whole shot in one crop."""
        return Piece(self.shot, layout, (CropFrom(to_ticks(self.shot.start_s), crop),))

    def aspect_of(self, pane: Rect) -> Fraction:
        return Fraction(pane.width_px, pane.height_px)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the source in one layout; the crops of each pane have one size and start with the stretch."""

    span: Span
    layout: Layout
    crops: tuple[CropFrom, ...]
    second: tuple[CropFrom, ...] = ()

    @property
    def shape(self) -> tuple[object, ...]:
        """What must be equal for two pieces to be one clip."""
        return self.layout, *((crops[0].crop.width_px, crops[0].crop.height_px) for crops in (self.crops, self.second) if crops)

    def crop_at(self, at_s: float) -> Crop:
        return crop_at(self.crops, to_ticks(at_s), to_ticks(self.span.end_s))


def eyes_y(face_center_y: float, face_height: float) -> float:
    return face_center_y + (_EYES_IN_BOX - 0.5) * face_height


def face_points(person: Track, size: tuple[int, int]) -> list[tuple[float, float]]:
    """Where the middle of the crop should be for each sample: the face across, the eyes at `EYES`."""
    return [(center(box)[0], eyes_y(center(box)[1], box.height_px) + (0.5 - EYES) * size[1]) for box in person.boxes]
