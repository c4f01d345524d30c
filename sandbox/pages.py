"""Small HTML: one frame for every page of the sandbox, everything escaped by `text`."""

from html import escape

from aiohttp import web

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}
button{font:inherit;padding:.3rem 1rem}pre{background:#f4f4f4;padding:1rem;overflow:auto}
@media (prefers-color-scheme: dark){body{color:#ddd;background:#181818}pre{background:#262626}td,th{border-color:#444}}"""


def text(value: object) -> str:
    """Escape a value for HTML text and quoted attributes."""
    return escape(str(value), quote=True)


def table(heads: list[str], rows: list[list[object]]) -> str:
    """Return a table with every cell escaped."""
    head = "".join(f"<th>{text(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """Wrap a body that is already safe HTML."""
    html = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{text(title)}</title><style>{STYLE}</style><h1>{text(title)}</h1>{body}</html>"""
    return web.Response(text=html, content_type="text/html", status=status)
