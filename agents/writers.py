"""The writers' room: the texts of a post for a finished clip. A crew where a model is configured, the plain way where none is."""

import logging
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from langchain_core.messages import BaseMessage

from agents.agent import Agent
from agents.caller import ModelCaller
from agents.drafts import Brief, Draft, draft_plain, parse_draft
from memory.domain import canonical_json
from memory.errors import InputError
from memory.repositories import productions, runs, workspaces
from memory.tables import Variant
from tools.toolkit import Deps

log = logging.getLogger(__name__)

_CLIP = re.compile(r"\b(?:clip|variant)(?:_id)?\W{0,3}(\d{1,9})\b|\b(\d{1,9})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WritersRoom:
    """Writes for one installation. It changes nothing but the run's own counters: its draft is a proposal in the run's messages."""

    deps: Deps
    caller: ModelCaller

    def report(self, run_id: int, task: str) -> str:
        """The report for the supervisor: the draft of the clip the task names, or what is missing.

        Raises:
            StoppedError, LimitError, TransientError: As `ModelCaller.call`; the run ends or waits, no draft is made up for them.
        """
        found = _CLIP.search(task)
        if found is None:
            return "No clip was named. Hand over with the clip's id, like: write for clip 4."
        try:
            brief = self._brief(run_id, int(found[1] or found[2]))
        except InputError as error:
            return str(error)
        draft, how = self.write(run_id, brief)
        return f"Draft for clip {brief.clip_id}, {how}:\n{canonical_json(draft.report())}"

    def write(self, run_id: int, brief: Brief) -> tuple[Draft, str]:
        """A draft that passed the rules, and who wrote it."""
        if self.caller.settings.is_offline:
            return draft_plain(brief), "taken from the clip's own words, because no model is configured"
        self._taint(run_id)
        draft, problem = parse_draft(self._kick_off(run_id, brief), brief.source)
        if draft is not None:
            return draft, "written by the writers' room"
        log.warning("writers.plain run_id=%s clip_id=%s problem=%s", run_id, brief.clip_id, problem)
        return draft_plain(brief), "taken from the clip's own words, because the writers' room broke the rules"

    def _kick_off(self, run_id: int, brief: Brief) -> str:
        def ask(who: str, instructions: str, messages: list[BaseMessage]) -> str:
            return str(self.caller.call(run_id, Agent(who, instructions, ()), messages).text)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # CrewAI reads its own deprecated fields at every step
            _silence(self.deps.work / "crewai")
            from agents import crew

            try:
                return crew.write(brief, ask)
            except (ValueError, RuntimeError) as error:  # what CrewAI raises when it cannot use an answer; ours are AppErrors
                log.warning("writers.crew_failed run_id=%s error=%s", run_id, error)
                return ""

    def _brief(self, run_id: int, variant_id: int) -> Brief:
        with self.deps.database.reading() as session:
            run = runs.get(session, run_id)
            variant, production = productions.get_variant(session, run.workspace_id, variant_id)
            channels = workspaces.list_channels(session, run.workspace_id)
        channel = next((one for one in channels if one.id == production.channel_id), channels[0] if channels else None)
        niche, language = (channel.niche, channel.language) if channel else ("", "en")
        return Brief(variant.id, variant.title, said_in(variant), niche, language)

    def _taint(self, run_id: int) -> None:
        """What was said in a clip is text from outside, and a model is about to read it freely."""
        with self.deps.database.session() as session:
            runs.get(session, run_id).tainted = True


def said_in(variant: Variant) -> str:
    """The words of a clip's captions."""
    cues = variant.timeline.get("cues", [])
    return " ".join(str(word["text"]) for cue in cues for line in cue.get("lines", []) for word in line)


def _silence(storage: Path) -> None:
    """Switch off what CrewAI sends home and keep its files with ours. It reads the environment when it is imported."""
    for name in ("CREWAI_DISABLE_TELEMETRY", "CREWAI_DISABLE_TRACKING", "CREWAI_DISABLE_VERSION_CHECK"):
        os.environ[name] = "true"
    os.environ["CREWAI_TRACING_ENABLED"] = "false"
    os.environ["CREWAI_STORAGE_DIR"] = str(storage.resolve())
