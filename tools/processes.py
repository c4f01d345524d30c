"""Which processes are ours, whether they still live, and how none is left behind. Linux: it reads /proc and uses prctl.

A worker process has an *owner name* that is never used twice: place, pid and start time. A work horse (the process of one job) adds its own
pid, and carries the name in its environment, so that everything it started can be found and ended even when it changed its group.
"""

import ctypes
import os
import signal
import socket
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

MARK = "FORGE_HORSE"
"""The environment variable that a horse hands down to what it starts; its value is the horse's owner name."""

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: a child may only call what is there
_PROC = Path("/proc")


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when the thread that started it ends. Ends at once when `parent_pid` is gone already."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


@cache
def place() -> str:
    """This machine, this boot and this pid namespace: only inside one place does a pid mean something."""
    boot = (_PROC / "sys/kernel/random/boot_id").read_text() + os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()[:24]}-{zlib.crc32(boot.encode()):08x}"


class _Stat(NamedTuple):
    state: str
    parent: int
    group: int
    started: str


def _stat(pid: int) -> _Stat | None:
    """Fields 3, 4, 5 and 22 of /proc/<pid>/stat (proc(5)); the name before them may hold spaces and brackets."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return _Stat(fields[0], int(fields[1]), int(fields[2]), fields[19])


def owner_of(pid: int) -> str:
    """The owner name `place:pid:start` of a living process, 80 characters at most with a horse's pid behind it."""
    stat = _stat(pid)
    return f"{place()}:{pid}:{stat.started if stat else '0'}"


def is_dead(owner: str) -> bool:
    """Whether the process of this owner name is certainly gone. What lives in another place cannot be judged: False."""
    parts = owner.split(":")
    if len(parts) < 3 or parts[0] != place():
        return False
    stat = _stat(int(parts[1])) if parts[1].isdigit() else None
    return stat is None or stat.state in "ZX" or stat.started != parts[2]


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs here right now; one that has ended and was not collected yet does not."""
    stat = _stat(pid)
    return stat is not None and stat.state not in "ZX"


def kill_owned(owner: str) -> int:
    """Kill everything that horses of this owner (a worker's or one horse's name) started. Returns how many were found."""
    killed = 0
    for pid in _pids():
        if pid != os.getpid() and _mark(pid, owner):
            killed += _kill(pid)
    return killed


def kill_descendants(*, reap: bool) -> int:
    """Kill what this process started and is still there, grandchildren included. Returns how many were found.

    Args:
        reap: Collect the dead as well. Only when no other code of this process waits for a child of its own.
    """
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # costs one system call and takes nothing from anybody
    except ChildProcessError:
        return 0
    killed = sum(_kill(pid) for pid in _descendants(os.getpid()))
    while reap:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    return killed


def kill_group(group: int) -> None:
    """Kill every process of a process group that is still there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid in _pids():
        if (stat := _stat(pid)) is not None and stat.state not in "ZX":
            children.setdefault(stat.parent, []).append(pid)
    found, open_pids = [], [root]
    while open_pids:
        below = children.get(open_pids.pop(), [])
        found += below
        open_pids += below
    return found


def _mark(pid: int, owner: str) -> bool:
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False  # ended meanwhile, or somebody else's
    wanted = f"{MARK}={owner}".encode()
    return any(entry == wanted or entry.startswith(wanted + b":") for entry in environment.split(b"\0"))


def _kill(pid: int) -> int:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return 0
    return 1


def _pids() -> Iterator[int]:
    for name in os.listdir(_PROC):
        if name.isdigit():
            yield int(name)
