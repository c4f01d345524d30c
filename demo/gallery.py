"""Everything the engine can draw, to be looked at: python -m demo.gallery [--out DIR] [--only SECTION ...]

Renders short films of the demo source, and writes one page (`index.html`) and a contact sheet (PNG) for each section. Nothing is loaded
from anywhere else: the folder can be copied or opened as it is.
"""

import argparse
import html
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from demo.exhibits import Exhibit, exhibits, sections
from memory.errors import AppError
from tools.video.analysis import analyse
from tools.video.fonts import CAPTION_FONT, pillow_font
from tools.video.media import Analysis
from tools.video.render import render
from tools.video.timeline import PREVIEW, Preset

SOURCE = Path(__file__).resolve().parent / "source.mp4"
_TILE_PX = 320  # the height of a still on a contact sheet
_LABEL_PX = 40
_GAP_PX = 10
_WIDEST_PX = 1900

_STYLE = """
:root{color-scheme:light dark;--back:#f6f5f2;--ink:#17181c;--soft:#6b6d75;--card:#fff;--line:#e3e1dc}
@media(prefers-color-scheme:dark){:root{--back:#101116;--ink:#f2f1ee;--soft:#9a9ca6;--card:#191b22;--line:#2a2c35}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
header,main{max-width:1240px;margin:auto;padding:0 24px}header{padding-top:56px}h1{font-size:44px;line-height:1.1;margin:0 0 8px}
header p{color:var(--soft);max-width:60ch;margin:0 0 20px}nav{display:flex;flex-wrap:wrap;gap:8px}
nav a{color:inherit;text-decoration:none;border:1px solid var(--line);background:var(--card);border-radius:99px;padding:5px 14px}
h2{font-size:26px;margin:52px 0 16px}h2 a{font-size:14px;font-weight:400;color:var(--soft);margin-left:12px}
.shelf{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:18px;align-items:start}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:14px;overflow:hidden}
video{display:block;width:100%;height:auto;background:#000}figcaption{padding:10px 14px 14px}
figcaption b{display:block;text-transform:capitalize}figcaption span{color:var(--soft);font-size:14px;line-height:1.35;display:block}
footer{color:var(--soft);padding:48px 24px;max-width:1240px;margin:auto;font-size:14px}
"""
_SCRIPT = """
const seen=new IntersectionObserver(all=>all.forEach(one=>one.isIntersecting?one.target.play().catch(()=>{}):one.target.pause()),
{threshold:.35});document.querySelectorAll('video').forEach(film=>{seen.observe(film);
film.addEventListener('click',()=>{film.muted=!film.muted})});
"""


def make_gallery(
    source: Path,
    analysis: Analysis,
    folder: Path,
    *,
    only: Sequence[str] = (),
    preset: Preset = PREVIEW,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Render the gallery into a folder and give back its page. `only` names sections (any case); none means all.

    Raises:
        InputError: Something cannot be rendered.
    """
    wanted = {name.casefold() for name in only}
    shown = [exhibit for exhibit in exhibits(source, analysis) if not wanted or exhibit.section.casefold() in wanted]
    folder.mkdir(parents=True, exist_ok=True)
    films: dict[Exhibit, Path] = {}
    for number, exhibit in enumerate(shown, 1):
        film = folder / _slug(exhibit.section) / f"{_slug(exhibit.name)}.mp4"
        result = render(exhibit.timeline, film, preset=preset)
        films[exhibit] = film
        say(f"{number:3d}/{len(shown)}  {exhibit.section}: {exhibit.name}  {exhibit.timeline.duration_s:.1f} s in {result.wall_s:.1f} s")
    for section in sections(shown):
        of_section = [exhibit for exhibit in shown if exhibit.section == section]
        write_sheet([(exhibit, films[exhibit]) for exhibit in of_section], folder / f"{_slug(section)}.png")
    page = folder / "index.html"
    page.write_text(_page(shown, films, folder), encoding="utf-8")
    return page


def write_sheet(films: Sequence[tuple[Exhibit, Path]], output: Path) -> None:
    """One PNG with the stills of these films, each group under its name."""
    from PIL import Image, ImageDraw

    groups = [(exhibit.name, _stills(film, exhibit.stills_s)) for exhibit, film in films]
    places: list[tuple[int, int]] = []
    x = y = used = _GAP_PX
    for _, stills in groups:
        width = max(sum(still.width + 2 for still in stills), 170)  # a name needs room too
        if x > _GAP_PX and x + width > _WIDEST_PX:
            x, y = _GAP_PX, y + _TILE_PX + _LABEL_PX + _GAP_PX
        places.append((x, y))
        x += width + 2 * _GAP_PX
        used = max(used, x)
    sheet = Image.new("RGB", (used, y + _TILE_PX + _LABEL_PX + _GAP_PX), (18, 19, 24))
    draw, font = ImageDraw.Draw(sheet), pillow_font(CAPTION_FONT, 22)
    for (name, stills), (left, top) in zip(groups, places, strict=True):
        draw.text((left, top + 6), name, font=font, fill=(240, 240, 236))
        for still in stills:
            sheet.paste(still, (left, top + _LABEL_PX))
            left += still.width + 2
    sheet.save(output, "PNG")


def _stills(film: Path, instants_s: Sequence[float]) -> list[Any]:
    """The frames shown at these instants, as Pillow images."""
    import av

    stills: list[Any] = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if len(stills) == len(instants_s):
                break
            if (frame.time or 0.0) >= instants_s[len(stills)] - 1e-3:
                wide = round(_TILE_PX * frame.width / frame.height)
                stills.append(frame.to_image(width=wide, height=_TILE_PX))  # type: ignore[no-untyped-call]
    return stills


def _page(shown: Sequence[Exhibit], films: dict[Exhibit, Path], folder: Path) -> str:
    links = "".join(f'<a href="#{_slug(section)}">{section}</a>' for section in sections(shown))
    shelves = []
    for section in sections(shown):
        cards = "".join(_card(exhibit, films[exhibit].relative_to(folder).as_posix()) for exhibit in shown if exhibit.section == section)
        slug = _slug(section)
        shelves.append(f'<h2 id="{slug}">{section}<a href="{slug}.png">contact sheet</a></h2><div class="shelf">{cards}</div>')
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>ViralForge gallery</title><style>{_STYLE}</style></head><body><header><h1>ViralForge gallery</h1>"
        f"<p>{len(shown)} short films, each one ffmpeg run and one encode from the same source. Tap one to hear it.</p><nav>{links}</nav>"
        f"</header><main>{''.join(shelves)}</main><footer>The source is licensed CC-BY-SA-4.0; demo/LICENSES.md names its parts and their "
        f"authors.</footer><script>{_SCRIPT}</script></body></html>\n"
    )


def _card(exhibit: Exhibit, film: str) -> str:
    return (
        f'<figure><video src="{film}" muted loop playsinline preload="metadata"></video>'
        f"<figcaption><b>{html.escape(exhibit.name)}</b><span>{html.escape(exhibit.text)}</span></figcaption></figure>"
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo.gallery", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("gallery-out"), help="the folder to write")
    parser.add_argument("--only", nargs="*", default=[], help="sections, for example looks transitions")
    given = parser.parse_args()
    started = time.monotonic()
    print("Looking at and listening to the demo source", flush=True)
    try:
        page = make_gallery(SOURCE, analyse(SOURCE), given.out, only=given.only, say=lambda line: print(line, flush=True))
    except AppError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{page} after {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
