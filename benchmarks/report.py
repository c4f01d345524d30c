"""How every benchmark says its result: a table for people, one JSON object on the last line for machines."""

import json
import os
import platform
from typing import Any

KEYS = ("name", "value", "unit", "baseline", "ratio", "bar", "holds")
_WIDTHS = (24, 9, 9, 16, 12, 4)


def report(results: list[dict[str, Any]], as_json: bool) -> int:
    """Print results and return the exit code: 1 when a bar is missed, else 0.

    Each result has the keys of `KEYS` (`baseline`, `ratio` and `bar` may be None) and what else helps; `holds` is None where the baseline
    is not installed, which prints SKIP and is never a pass. The JSON object is the first result;
    its `holds` speaks for all of them and the others are listed under `others`.
    """
    if not results:
        raise ValueError("a benchmark has at least one result")
    for result in results:
        if missing := [key for key in KEYS if key not in result]:
            raise ValueError(f"result {result.get('name')} lacks {', '.join(missing)}")
    missed = any(result["holds"] is False for result in results)
    holds = False if missed else None if any(result["holds"] is None for result in results) else True
    print(
        "  ".join(
            f"{title:<{width}}" for title, width in (("name", 24), ("ratio", 9), ("bar", 9), ("value", 16), ("baseline", 12), ("", 4))
        )
    )
    for result in results:
        print(_row(result))
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if as_json:
        print(
            json.dumps(
                {**results[0], "holds": holds, "load": round(os.getloadavg()[0], 2), **({"others": results[1:]} if results[1:] else {})}
            )
        )
    return 1 if missed else 0


def _row(result: dict[str, Any]) -> str:
    value = f"{_number(result['value'])} {result['unit']}"
    verdict = "SKIP" if result["holds"] is None else "PASS" if result["holds"] else "FAIL"
    cells = (result["name"], _number(result["ratio"]), _number(result["bar"]), value, _number(result["baseline"]), verdict)
    more = ", ".join(f"{key} {_number(value)}" for key, value in result.items() if key not in KEYS and not isinstance(value, (dict, list)))
    return _line(cells) + (f"\n    {more}" if more else "")


def _line(cells: tuple[str, ...]) -> str:
    return "  ".join(f"{text:<{width}}" for text, width in zip(cells, _WIDTHS, strict=True))


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
