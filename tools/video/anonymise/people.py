"""Who may be seen: faces compared with the reference photos of people who agreed. Whoever is not surely one of them is hidden.

The network is dlib's (ResNet, 128 numbers a face; 99.4 % on Labeled Faces in the Wild at a distance of 0.6, says its author). We ask for
much nearer, because its mistakes are not alike: a stranger shown is worse than a friend hidden. Nothing of a face is kept on disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError
from tools.video import models
from tools.video.anonymise.pictures import Picture
from tools.video.anonymise.tracks import Track
from tools.video.faces_yunet import YuNet
from tools.video.onnx import open_session

_SAME_PERSON = 0.42  # the median distance: photos of one person lie 0.2 to 0.4 apart, of different people from 0.49 (28 faces measured)
_NEVER_FURTHER = 0.52  # no single look of a track may lie further: it would be somebody else for a moment
_LOOKS = 2  # at least so many that can be judged
_LEAST_PX = 36  # width of a face that can be judged
_PHOTO_PX = 1000  # the longer side a photo is looked at in
_CHIP_PX = 150  # the network's input
# Where eyes, nose tip and corners of the mouth lie in the input. Source: dlib's mean face (image_processing/full_object_detection, the
# 68 points of its aligner, eyes averaged), with its padding of a quarter on each side.
_POINTS = (
    (np.array([(0.2255, 0.216), (0.7548, 0.216), (0.4901, 0.5156), (0.2541, 0.7802), (0.7261, 0.7802)], np.float32) + 0.25) / 1.5 * 150
)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody who agreed to be seen, and what the network makes of their photo."""

    name: str
    descriptor: NDArray[np.float32]


class Recogniser:
    """Says who a face is as 128 numbers; the distance (Euclidean) of two such says how alike they are."""

    def __init__(self) -> None:
        self._session = open_session(models.FACE_RECOGNITION, 2, may_use_card=True)

    def describe(self, picture: Picture, row: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """The numbers of one face, a row of `YuNet.rows`; None where it is too small or too far turned away to be judged."""
        import cv2

        points = row[4:14].reshape(5, 2)
        if row[2] < _LEAST_PX or not _looks_ahead(points):
            return None
        turn, _ = cv2.estimateAffinePartial2D(points, _POINTS, method=cv2.LMEDS)
        if turn is None:
            return None
        chip = cv2.warpAffine(picture, turn, (_CHIP_PX, _CHIP_PX), flags=cv2.INTER_AREA)[:, :, ::-1].astype(np.float32)
        both = np.stack([chip, chip[:, ::-1]]).transpose(0, 3, 1, 2)  # and its mirror image: the mean of both is steadier
        found = self._session.run(None, {"rgb": np.ascontiguousarray(both)})[0]
        return np.asarray(found.mean(axis=0), dtype=np.float32)


def _looks_ahead(points: NDArray[np.float32]) -> bool:
    """Whether the nose lies between the eyes, along the line from one to the other."""
    eyes = points[1] - points[0]
    length = float(eyes @ eyes)
    return length > 0 and 0.15 < float((points[2] - points[0]) @ eyes) / length < 0.85


def know(name: str, photo: Path) -> KnownPerson:
    """Look at a reference photo.

    Raises:
        InputError: No picture, no face, several faces, or one too small or turned away.
    """
    import cv2

    picture = cv2.imdecode(np.frombuffer(photo.read_bytes(), dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError(f"The photo of {name} is not a picture I can read.", hint="Send it as JPEG or PNG.")
    scale = min(1.0, _PHOTO_PX / max(picture.shape[:2]))
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    rows = YuNet(0.7).rows(small)
    if not len(rows):
        raise InputError(f"There is no face in the photo of {name}.", hint="Send one that shows the face from the front, well lit.")
    if len(rows) > 1:
        raise InputError(f"There are {len(rows)} faces in the photo of {name}.", hint="Send one that shows nobody else.")
    descriptor = Recogniser().describe(small, rows[0])
    if descriptor is None:
        raise InputError(f"The face in the photo of {name} is too small or turned away.", hint="Send one from the front, from nearer.")
    return KnownPerson(name, descriptor)


def who_stays(tracks: Sequence[Track], keep: Sequence[KnownPerson]) -> Mapping[int, str]:
    """Which tracks, by their index, show which person to keep. Two at the same time who are the same person are both nobody."""
    found = {n: name for n, track in enumerate(tracks) if (name := _name(track, keep)) is not None}
    return {
        n: name
        for n, name in found.items()
        if not any(name == other and n != m and _together(tracks[n], tracks[m]) for m, other in found.items())
    }


def _name(track: Track, keep: Sequence[KnownPerson]) -> str | None:
    descriptors = [sighting.descriptor for _, sighting in track.seen if sighting.descriptor is not None]
    if track.what != "face" or len(descriptors) < _LOOKS:
        return None
    distances = {person.name: [float(np.linalg.norm(one - person.descriptor)) for one in descriptors] for person in keep}
    fitting = [name for name, known in distances.items() if median(known) <= _SAME_PERSON and max(known) <= _NEVER_FURTHER]
    return min(fitting, key=lambda name: median(distances[name]), default=None)


def _together(one: Track, other: Track) -> bool:
    return one.seen[0][0] <= other.last and other.seen[0][0] <= one.last
