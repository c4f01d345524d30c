"""A channel's brand: kept with the channel, handed to whoever plans a video, with the files it names."""

import re
from dataclasses import asdict, replace
from pathlib import Path

from sqlalchemy.orm import Session

from memory.domain import Access, Json
from memory.errors import InputError
from memory.repositories import assets, workspaces
from tools.toolkit import Context, Deps, tool
from tools.video.additions import Brand
from tools.video.probe import probe
from tools.video.timeline import Media, MediaKind, fingerprint, to_ticks

_IMAGES = (".png", ".jpg", ".jpeg", ".webp")
_COLOR = re.compile(r"#?[0-9a-fA-F]{6}")
_CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
_FILES = ("logo", "intro", "outro")


@tool(Access.WRITE)
def set_brand(
    context: Context,
    accent: str | None = None,
    caption_style: str | None = None,
    caption_font: str | None = None,
    title_font: str | None = None,
    music: str | None = None,
    grade: str | None = None,
    logo_asset_id: int | None = None,
    logo_corner: str | None = None,
    intro_asset_id: int | None = None,
    outro_asset_id: int | None = None,
) -> Json:
    """Change how the channel's next videos look. Only what is named changes; an empty text or 0 takes a thing away.

    Args:
        accent: Colour of highlights as RRGGBB, for example ffcc00.
        caption_style: Name of a caption style.
        caption_font: Family of the captions' font.
        title_font: Family of the titles' font.
        music: A piece of the library, or none.
        grade: A named colour grade.
        logo_asset_id: A picture the owner sent, shown in a corner.
        logo_corner: One of top_left, top_right, bottom_left, bottom_right.
        intro_asset_id: A video or picture the owner sent, shown before every video.
        outro_asset_id: A video or picture the owner sent, shown after every video.
    """
    given: Json = {
        "accent": accent, "caption_style": caption_style, "caption_font": caption_font, "title_font": title_font, "music": music,
        "grade": grade, "logo_corner": logo_corner, "logo": _key(context, logo_asset_id), "intro": _key(context, intro_asset_id),
        "outro": _key(context, outro_asset_id),
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise InputError("set_brand was told nothing to change.", hint="Name at least one of: " + ", ".join(given) + ".")
    channel = workspaces.list_channels(context.session, context.workspace_id)[0]
    brand = replace(Brand(**(channel.brand or {"name": channel.name})), **changes)
    _check(brand)
    channel.brand = asdict(brand)
    said = ", ".join(f"{name} {value or 'none'}" for name, value in changes.items())
    return {
        "verdict": "ok",
        "text": f"The brand of {channel.name} is changed: {said}. It holds for the next videos.",
        "brand": asdict(brand),
    }


@tool(Access.READ)
def show_brand(context: Context) -> Json:
    """Show how the channel's videos look: colours, fonts, caption style, music, logo, intro and outro."""
    channel = workspaces.list_channels(context.session, context.workspace_id)[0]
    known = {name: value for name, value in (channel.brand or {}).items() if value}
    said = ", ".join(f"{name} {value}" for name, value in known.items()) or "nothing of its own yet"
    return {"verdict": "ok", "text": f"The brand of {channel.name}: {said}.", "brand": channel.brand or {}}


def load_brand(deps: Deps, session: Session, workspace_id: int) -> tuple[Brand | None, tuple[Media, ...]]:
    """The channel's brand with the files it names, as they lie here today; (None, ()) where it has none.

    Raises:
        InputError: A file it names cannot be used.
    """
    channel = workspaces.list_channels(session, workspace_id)[0]
    if not channel.brand:
        return None, ()
    brand = Brand(**channel.brand)
    media = []
    for key in dict.fromkeys(getattr(brand, name) for name in _FILES):
        if key:
            asset = assets.get(session, workspace_id, int(key.removeprefix("asset:")))
            media.append(describe_file(key, deps.store.local(asset.sha256, Path(asset.name).suffix.lower())))
    return brand, tuple(media)


def describe_file(key: str, path: Path) -> Media:
    """A file the owner gave, as the timeline names it.

    Raises:
        InputError: It is neither a picture nor a video nor a sound we can read.
    """
    if path.suffix.lower() in _IMAGES:
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(path) as image:
                return Media(key, str(path), fingerprint(path), MediaKind.IMAGE, *image.size)
        except (OSError, UnidentifiedImageError) as error:
            raise InputError(f"The picture {key} cannot be read.", hint="Send it again as PNG or JPEG.") from error
    found = probe(path)
    kind = MediaKind.VIDEO if found.has_video else MediaKind.AUDIO
    return Media(
        key, str(path), fingerprint(path), kind, found.width_px, found.height_px, found.fps, to_ticks(found.duration_s), found.has_audio
    )


def _key(context: Context, asset_id: int | None) -> str | None:
    """The key of a file the owner sent; "" takes it away, None leaves it."""
    if not asset_id:
        return None if asset_id is None else ""
    asset = assets.get(context.session, context.workspace_id, asset_id)
    if asset.kind != "source":
        raise InputError(f"asset {asset_id} is a {asset.kind}, not a file that was sent.")
    return f"asset:{asset.id}"


def _check(brand: Brand) -> None:
    from tools.video import library
    from tools.video.captions.styles import names as style_names
    from tools.video.compiler.grades import GRADES
    from tools.video.fonts.registry import font_names

    if brand.accent and not _COLOR.fullmatch(brand.accent):
        raise InputError(f"accent {brand.accent!r} must be a colour as RRGGBB, for example ffcc00.")
    choices = {
        "caption_style": style_names(),
        "caption_font": font_names(),
        "title_font": font_names(),
        "music": ("none", *library.names("music")),
        "grade": tuple(GRADES),
        "logo_corner": _CORNERS,
    }
    for name, known in choices.items():
        value = getattr(brand, name)
        if value and value not in known:
            raise InputError(f"{name} {value!r} must be one of {', '.join(known)}.")


BRAND_TOOLS = (set_brand, show_brand)
