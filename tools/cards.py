"""What the owner sees when asked: everything the approval is bound to, in a few lines, with two buttons."""

from typing import Any

from memory.domain import Button, Json, Message
from memory.tables import Approval

_SHOWN_CHARACTERS = 600


def approval_card(approval: Approval) -> Message:
    """The card of an approval. Its lines are made from the content the approval is bound to and from nothing else."""
    content = approval.content
    lines = [content.get("headline") or f"May I run {approval.tool}?", ""]
    lines += [f"{label}: {_short(value)}" for label, value in _facts(content)]
    lines += ["", f"Why I ask: {approval.why}.", f"Without an answer by {approval.expires_at:%d %b %H:%M} UTC it counts as no."]
    buttons = (Button("Approve", f"a:{approval.id}:y"), Button("Reject", f"a:{approval.id}:n"))
    files = tuple(str(sha256) for sha256 in content.get("previews", ()))
    return Message(f"approval-{approval.id}", "\n".join(lines), buttons, files)


def _facts(content: Json) -> list[tuple[str, Any]]:
    hidden = ("headline", "previews", "sha256")
    return [
        (key.replace("_", " ").capitalize(), value)
        for key, value in content.items()
        if key not in hidden and value not in ("", None, [], {})
    ]


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {_short(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_short, value))
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
