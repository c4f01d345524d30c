"""One way to open an ONNX model. A session starts threads, which do not survive a fork: each process opens its own, once."""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from memory.errors import InputError

if TYPE_CHECKING:
    import onnxruntime


_CARDS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider")


def open_session(path: Path, threads: int, *, may_use_card: bool = False) -> "onnxruntime.InferenceSession":
    """Return this process's session for a model file.

    `may_use_card` lets it run on the graphics card where this onnxruntime was built for one: worth it for detectors, not for small models
    that are fed step by step. onnxruntime itself goes back to the processor where the card's libraries are missing.

    Raises:
        InputError: The weights are missing or unreadable.
    """
    return _open(path, threads, may_use_card, os.getpid())


@lru_cache(maxsize=8)
def _open(path: Path, threads: int, may_use_card: bool, _process_id: int) -> "onnxruntime.InferenceSession":
    import onnxruntime

    if not path.is_file():
        raise InputError(f"The model file {path.name} is missing.", hint="Restore tools/video/models from the repository.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: the warnings are about the export, not about our input
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads must not burn the cores ffmpeg needs
    cards = [name for name in _CARDS if name in onnxruntime.get_available_providers()] if may_use_card else []
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=[*cards, "CPUExecutionProvider"])
