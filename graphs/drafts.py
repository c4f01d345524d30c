"""A growing answer, shown while the model still speaks: one status line of the conversation, rewritten now and then."""

import time

from memory.database import Database
from memory.domain import Message
from memory.repositories import outbox, runs

_PAUSE_S = 1.5  # what chats bear between two edits of one message (facts: agents-and-chat 3.2)
_SHOWN_CHARACTERS = 1000


class Drafts:
    """Writes drafts to the outbox, each run's at most every 1.5 s."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_s: dict[int, float] = {}

    def __call__(self, run_id: int, text: str) -> None:
        moment = time.monotonic()
        if moment - self._last_s.get(run_id, 0.0) < _PAUSE_S:
            return
        self._last_s[run_id] = moment
        with self._database.session() as session:
            run = runs.get(session, run_id)
            if run.conversation_id is not None:
                key = f"run-{run_id}-draft-{len(text)}"
                outbox.say(session, run.conversation_id, Message(key, text[-_SHOWN_CHARACTERS:], slot=f"draft-{run_id}"), run_id)
