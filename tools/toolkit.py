"""What a tool is: a function with a docstring, an access class, and, for long work, the job it becomes.

A tool runs inside one short database transaction together with its `tool_calls` row, so it touches rows and nothing else. Work
that takes time or leaves the machine is a job: such a tool checks its arguments, makes its rows and returns the job's payload.
"""

import inspect
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from memory.artefacts import ArtefactStore
from memory.database import Database
from memory.domain import Access, Json
from memory.errors import InputError
from memory.tables import Run
from memory.vault import Vault


@runtime_checkable
class Queue(Protocol):
    """Carries job ids to workers. The job row is committed before it is sent; a lost message costs a delay."""

    def send(self, job_id: int, pool: str) -> None: ...


@runtime_checkable
class Clock(Protocol):
    def now(self) -> datetime:
        """The time, timezone-aware UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """The real parts, built once by an entry point and passed down. Tests hand in fakes of the Protocols."""

    database: Database
    store: ArtefactStore
    vault: Vault
    queue: Queue
    clock: Clock
    work: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / "forge-work")
    """Scratch space of jobs, kept between the attempts of one job."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a tool may use besides its arguments. The model sees none of it."""

    deps: Deps
    session: Session
    run: Run
    call_id: str

    @property
    def workspace_id(self) -> int:
        return self.run.workspace_id


ToolFunction = Callable[..., Json]
ContentFunction = Callable[..., Json]


@dataclass(frozen=True, slots=True)
class Tool:
    """A registered tool. `job` names the kind in `tools.queue.JOBS` when the work is long."""

    name: str
    function: ToolFunction
    access: Access
    schema: type[BaseModel]
    job: str = ""
    content: ContentFunction | None = None
    """For external tools: what an approval shows and is bound to, computed anew when the yes is used."""
    reads_foreign: bool = False
    """Its result holds text from outside: the run is tainted afterwards."""
    openai_schema: Json = field(default_factory=dict)

    def parse(self, arguments: Json) -> Json:
        """Check arguments against the signature; unknown names are refused.

        Raises:
            InputError: What is wrong, and what would be right, in the words of the docstring.
        """
        unknown = sorted(set(arguments) - set(self.schema.model_fields))
        if unknown:
            known = ", ".join(self.schema.model_fields) or "no arguments"
            raise InputError(f"{self.name} has no argument {', '.join(map(repr, unknown))}.", hint=f"It takes: {known}.")
        try:
            checked = self.schema.model_validate(arguments)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
            raise InputError(f"{self.name} was called wrongly: {problems}.") from error
        return checked.model_dump(mode="json")


Toolset = Mapping[str, Tool]
"""Tools by name."""


def tool(
    access: Access, *, job: str = "", content: ContentFunction | None = None, reads_foreign: bool = False
) -> Callable[[ToolFunction], Tool]:
    """Make a tool of a function `f(context: Context, …arguments…) -> Json` with a Google-style docstring.

    The result is plain JSON with `text`, one or two sentences a person can read, and whatever ids the next step needs.
    A tool with `job` returns the job's payload instead, with `key`: the same key is one job.
    """

    def wrap(function: ToolFunction) -> Tool:
        if access.is_external and content is None:
            raise TypeError(f"{function.__name__} is {access} and must say what an approval shows: content=…")
        parameters = list(inspect.signature(function).parameters)
        if parameters[0] != "context":
            raise TypeError(f"the first parameter of {function.__name__} must be `context`")
        has_arguments = len(parameters) > 1  # without them there is no Args block, which LangChain would call invalid
        # Imported here: a worker that makes videos needs the types of this file, not the second that LangChain takes to load.
        from langchain_core.tools.base import create_schema_from_function
        from langchain_core.utils.function_calling import convert_to_openai_tool

        schema = cast(
            type[BaseModel],
            create_schema_from_function(
                function.__name__, function, filter_args=("context",), parse_docstring=True, error_on_invalid_docstring=has_arguments
            ),
        )
        schema.model_config["extra"] = "forbid"
        return Tool(function.__name__, function, access, schema, job, content, reads_foreign, convert_to_openai_tool(schema))

    return wrap
