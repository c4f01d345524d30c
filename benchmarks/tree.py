"""Peak memory of a process and everything it started, sampled while it runs (Linux: /proc)."""

import threading
from pathlib import Path

_EVERY_S = 0.05


class PeakMemory(threading.Thread):
    """Samples the resident memory of a process tree, in MB, until `stop`. Pages that processes share are counted in each of them."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.peak_mb = 0.0
        self._root, self._ended = root, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self.peak_mb = max(self.peak_mb, tree_mb(self._root))

    def stop(self) -> float:
        self._ended.set()
        self.join()
        return self.peak_mb


def tree_mb(root: int) -> float:
    """Resident megabytes of a process and its descendants now; 0 when it is gone."""
    return _resident_mb(root) + sum(tree_mb(child) for child in _children(root))


def _children(process: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        pass  # it ended while we looked
    return found


def _resident_mb(process: int) -> float:
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
