"""The same short by moviepy 2.2.1 in one pass: python moviepy_short.py REQUEST.json (run by `.venv-bench`).

As its users write it: subclipped, resized, cropped, concatenated, TextClips for each word and the title, CompositeAudioClip for the music.
It makes no ducking and no loudness.
"""

import json
import sys

from moviepy import AudioFileClip, CompositeAudioClip, CompositeVideoClip, TextClip, VideoFileClip, concatenate_videoclips
from moviepy.audio.fx import AudioLoop, MultiplyVolume


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    width, height = asked["size"]
    source = VideoFileClip(asked["source"])
    parts = []
    for start_s, end_s in asked["spans"]:
        part = source.subclipped(start_s, end_s).resized(height=height)
        parts.append(part.cropped(x_center=part.w / 2, width=width))
    joined = concatenate_videoclips(parts)
    texts = [
        TextClip(
            text=text, font=asked["font"], font_size=size_px, color="white", stroke_color="black", stroke_width=6, size=(width - 200, None),
            method="caption",
        ).with_start(start_s).with_duration(end_s - start_s).with_position(("center", y_px))
        for text, start_s, end_s, size_px, y_px in asked["texts"]
    ]  # fmt: skip
    music = AudioFileClip(asked["music"]).with_effects([AudioLoop(duration=joined.duration), MultiplyVolume(0.2)])
    short = CompositeVideoClip([joined, *texts], size=(width, height)).with_duration(joined.duration)
    short = short.with_audio(CompositeAudioClip([joined.audio, music]))
    short.write_videofile(
        asked["output"], fps=asked["fps"], codec="libx264", audio_codec="aac", audio_bitrate="192k", preset="veryfast", threads=2,
        ffmpeg_params=["-crf", "20"], logger=None,
    )  # fmt: skip


if __name__ == "__main__":
    main()
