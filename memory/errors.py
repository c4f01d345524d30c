"""The errors of the project. The type says who has to act next.

AppError                 its text is safe to show to an owner
├── InputError           the model or the person: call again, differently
├── TransientError       the queue: try again, after `retry_after_s` where the other side named a time
├── LimitError           the person: steps, cost or time are spent, a limit may be raised
├── TransitionError      the caller: read the row again, a status moved meanwhile
├── AccountError         the owner: an account needs connecting again, or lacks a right
├── RefusedError         the owner: a rule in code forbids this; `hint` says what would allow it
└── StoppedError         nobody: the owner pressed stop, or the stop state could not be read

Anything else that is raised is a bug: it stops the job and is logged with its traceback.
"""


class AppError(Exception):
    """An error whose text may be shown. The message is the first argument, so that it survives pickling."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InputError(AppError):
    """A bad argument, an unknown id, a file that is not what it should be."""


class TransientError(AppError):
    """Something that may work later: a busy server, a 429, a broken connection."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class LimitError(AppError):
    """Steps, cost or time are spent."""


class TransitionError(AppError):
    """A status cannot move the way it was asked to."""


class AccountError(AppError):
    """A connected account must be connected again, or lacks a scope or a right."""


class RefusedError(AppError):
    """The policy in code does not allow this."""


class StoppedError(AppError):
    """Work was stopped by the owner, or the stop state could not be read (which counts as stopped)."""
