"""The supervisor's own tools: show a plan, and hand the work to a specialist."""

from typing import Literal

from memory.domain import Access, Button, Json, Message
from memory.errors import InputError
from memory.repositories import outbox
from tools.toolkit import Context, tool

HAND_TO = "hand_to"
PROPOSE = "propose_plan"
WRITERS = "writers"
_MAX_STEPS = 12


@tool(Access.WRITE)
def propose_plan(context: Context, understood: str, steps: list[str]) -> Json:
    """Show the owner how the request was read and what would be done, with a Start button. Nothing happens until it is pressed.

    Use it when the request was free text and the work makes something, or when anything about the request is unclear. End your turn
    afterwards.

    Args:
        understood: The request in one plain sentence, as you read it.
        steps: What you would do, one short sentence per step, in order; at most 12.
    """
    if not steps or len(steps) > _MAX_STEPS:
        raise InputError(f"a plan has 1 to {_MAX_STEPS} steps, this one has {len(steps)}.")
    run = context.run
    run.plan = steps
    if run.conversation_id is not None:
        lines = [f"I understood: {understood}", "", "The plan:", *(f"{number}. {step}" for number, step in enumerate(steps, 1))]
        buttons = (Button("Start", f"go:{run.id}"), Button("No", f"no:{run.id}"))
        outbox.say(context.session, run.conversation_id, Message(f"run-{run.id}-plan", "\n".join(lines), buttons), run.id)
    return {"verdict": "ok", "text": "The plan is shown; it starts when the owner presses Start.", "shown": True}


@tool(Access.READ)
def hand_to(context: Context, specialist: Literal["scout", "producer", "writers", "publisher", "treasurer"], task: str) -> Json:
    """Give the turn to a specialist, who has the tools for it and reports back to you. Call it alone, with no other tool beside it.

    Args:
        specialist: scout finds topics and ideas; producer makes clips from a source; writers draft title and description of one clip,
            named by its id; publisher posts clips on accounts; treasurer reads numbers and money.
        task: What the specialist shall do, with every id it needs.
    """
    return {"verdict": "ok", "text": f"The {specialist} has the turn.", "specialist": specialist, "task": task}


PLANNING_TOOLS = (propose_plan, hand_to)
