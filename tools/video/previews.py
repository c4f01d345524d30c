"""What the owner sees in the chat before deciding: a small copy of the short, and a sheet of its frames with their times."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.fonts import CAPTION_FONT, pillow_font

PROXY_SIZE_PX = (540, 960)
MOST_PROXY_BYTES = 10_000_000
_SHEET_COLUMNS = 4
_TILE_PX = (216, 384)
_GAP_PX = 8


def make_proxy(short: Path, output: Path, duration_s: float, *, cancel: Callable[[], bool] | None = None) -> Path:
    """Write a 540x960 copy for the chat; the bit rate is capped so that it stays below 10 MB."""
    most_kbit = max(150, min(1800, int(0.85 * MOST_PROXY_BYTES * 8 / 1000 / max(1.0, duration_s)) - 96))
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".proxy-") as folder:
        unfinished = Path(folder) / "proxy.mp4"
        arguments = ["-i", str(short), "-vf", f"scale={PROXY_SIZE_PX[0]}:{PROXY_SIZE_PX[1]}:flags=bilinear", "-c:v", "libx264"]
        arguments += ["-preset", "superfast", "-crf", "28", "-maxrate", f"{most_kbit}k", "-bufsize", f"{2 * most_kbit}k"]
        arguments += ["-c:a", "aac", "-b:a", "96k", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        arguments += ["-fflags", "+bitexact", str(unfinished)]
        run_ffmpeg(arguments, timeout_s=60 + 20 * duration_s, cancel=cancel)
        unfinished.replace(output)
    return output


def make_sheet(short: Path, output: Path, *, count: int = 8) -> Path:
    """Write a JPEG of `count` frames spread over the short, each with its time. Reads key frames only, so it costs little."""
    from PIL import Image, ImageDraw

    tiles = _frames(short, count)
    rows = -(-len(tiles) // _SHEET_COLUMNS)
    columns = min(_SHEET_COLUMNS, len(tiles))
    width, height = (_TILE_PX[axis] * n + _GAP_PX * (n + 1) for axis, n in ((0, columns), (1, rows)))
    sheet = Image.new("RGB", (width, height), (24, 24, 28))
    draw, font = ImageDraw.Draw(sheet), pillow_font(CAPTION_FONT, 20)
    for index, (time_s, image) in enumerate(tiles):
        x = _GAP_PX + index % _SHEET_COLUMNS * (_TILE_PX[0] + _GAP_PX)
        y = _GAP_PX + index // _SHEET_COLUMNS * (_TILE_PX[1] + _GAP_PX)
        sheet.paste(image, (x, y))
        label = f"{int(time_s) // 60}:{time_s % 60:04.1f}"
        draw.text((x + 8, y + 6), label, font=font, fill="white", stroke_width=3, stroke_fill="black")
    unfinished = output.with_name(f".{output.name}.part")
    sheet.save(unfinished, "JPEG", quality=85)
    unfinished.replace(output)
    return output


def _frames(short: Path, count: int) -> list[tuple[float, Any]]:
    """(time, image) of the key frames nearest to evenly spread times, the fades at both ends left out."""
    import av
    from PIL import Image

    try:
        with av.open(str(short)) as container:
            stream = container.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"
            found: dict[float, Any] = {}
            for index in range(count):
                container.seek(int((stream.duration or 0) * (index + 0.5) / count), stream=stream)
                frame = next(container.decode(stream), None)
                if frame is not None:
                    small = frame.reformat(width=_TILE_PX[0], height=_TILE_PX[1], format="rgb24")
                    found[frame.time or 0.0] = Image.fromarray(small.to_ndarray())
    except (av.FFmpegError, IndexError) as error:
        raise InputError(f"No frames could be read from {short.name}.", hint="Render it again.") from error
    if not found:
        raise InputError(f"No frames could be read from {short.name}.", hint="Render it again.")
    return sorted(found.items())
