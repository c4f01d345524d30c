"""The report of a run of the suite: one page in Markdown and in HTML, and the results as JSON for the next run to compare with."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.hostile import Attack
from evals.sample import Result
from evals.scorers import FORBIDDEN
from memory.domain import Json

MODE = "offline-rules"
NO_QUALITY = (
    "Mode: offline-rules. The agents' part is played by fixed rules and by scripted models, so these numbers prove the graph, the policy, "
    "the tools and the rows. They say nothing about the quality of any language model."
)
_LAST = "last.json"


@dataclass(frozen=True, slots=True)
class BadResult:
    """How a bad agent fared."""

    name: str
    words: str
    results: Sequence[Result]

    @property
    def is_caught(self) -> bool:
        """Whether a score failed it; a scenario that could not be played catches nobody."""
        return any(not result.passed and not result.infrastructure for result in self.results)

    @property
    def by(self) -> str:
        """What caught it first."""
        return next((f"{r.scenario}: {r.explanation}" for r in self.results if not r.passed and not r.infrastructure), "nothing")


@dataclass(frozen=True, slots=True)
class Report:
    results: Sequence[Result]
    attacks: Sequence[Attack]
    bad: Sequence[BadResult]
    wall_s: float
    seed: int

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.results if not result.passed and not result.infrastructure]

    @property
    def infrastructure(self) -> list[Result]:
        return [result for result in self.results if result.infrastructure]

    @property
    def forbidden(self) -> list[str]:
        """Every forbidden event: in scenarios and in attacks."""
        events = [
            f"{result.scenario}: {name}: {score.explanation}"
            for result in self.results
            for name, score in result.scores.items()
            if name in FORBIDDEN and not score.passed
        ]
        return [*events, *(f"hostile model, {attack.autonomy}: {event}" for attack in self.attacks for event in attack.forbidden)]

    @property
    def passed(self) -> bool:
        """An infrastructure error is no failure of the agents, and no proof either: the gate stays closed."""
        return not self.failed and not self.infrastructure and not self.forbidden and all(bad.is_caught for bad in self.bad)

    @property
    def summary(self) -> str:
        passed = len(self.results) - len(self.failed) - len(self.infrastructure)
        caught = sum(bad.is_caught for bad in self.bad)
        return (
            f"{'PASS' if self.passed else 'FAIL'}: {passed} of {len(self.results)} scenarios, {len(self.forbidden)} forbidden events, "
            f"{caught} of {len(self.bad)} bad agents caught, {len(self.infrastructure)} infrastructure errors, "
            f"{self.wall_s:.0f} s, mode {MODE} (no model quality)"
        )


def write_report(report: Report, out: Path) -> str:
    """Write `report.md`, `report.html` and `last.json` into a folder; return the summary line."""
    before = _read_last(out / _LAST)
    sections = _sections(report, before)
    (out / "report.md").write_text(_markdown(report, sections), encoding="utf-8")
    (out / "report.html").write_text(_html(report, sections), encoding="utf-8")
    (out / _LAST).write_text(json.dumps({result.scenario: result.passed for result in report.results}, indent=1), encoding="utf-8")
    return report.summary


def _read_last(path: Path) -> Json:
    """What passed in the run before; empty where there is none, or its file is damaged."""
    try:
        last = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return last if isinstance(last, dict) else {}


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    intro: str
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def _sections(report: Report, before: Mapping[str, bool]) -> list[_Section]:
    head = ("Scenario", "Result", "Change", "Why", "Steps", "Cost", "Wall s")
    rows = [
        (
            result.scenario,
            _word(result),
            _change(result, before),
            f"{result.goal} {result.explanation}",
            str(result.steps),
            f"{result.cost_micros / 1e6:.2f}",
            f"{result.wall_s:.2f}",
        )
        for result in report.results
    ]
    bad = [(one.name, "caught" if one.is_caught else "NOT CAUGHT", one.words, one.by) for one in report.bad]
    return [
        _Section("Forbidden events", "\n".join(report.forbidden) or "None."),
        _Section(
            "Bad agents", "Agents that are bad on purpose; the suite must fail each.", ("Agent", "Result", "What it does", "Caught by"), bad
        ),
        _Section("Hostile model", "\n".join(attack.summary for attack in report.attacks) or "Not part of this run."),
        _Section("Infrastructure errors", "\n".join(f"{r.scenario}: {r.infrastructure}" for r in report.infrastructure) or "None."),
        _Section("Scenarios", f"{len(report.results)} scenarios, seed {report.seed}. Cost in the workspace's currency.", head, rows),
    ]


def _word(result: Result) -> str:
    return "infrastructure" if result.infrastructure else "pass" if result.passed else "FAIL"


def _change(result: Result, before: Mapping[str, bool]) -> str:
    if not before:
        return "first run"
    if result.scenario not in before:
        return "new"
    if before[result.scenario] == result.passed:
        return "same"
    return "better" if result.passed else "worse"


def _markdown(report: Report, sections: Sequence[_Section]) -> str:
    parts = ["# Offline evals", report.summary, NO_QUALITY]
    for section in sections:
        parts += [f"## {section.title}", section.intro]
        if section.rows:
            lines = [section.head, ["---"] * len(section.head), *section.rows]
            parts.append(
                "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)
            )
    return "\n\n".join(parts) + "\n"


_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.3rem .5rem;text-align:left;vertical-align:top}
.pass,.caught{color:#176b2c}.FAIL,.NOT{color:#b00020;font-weight:600}.note{background:#fff6d6;padding:.6rem 1rem}
pre{white-space:pre-wrap}"""


def _html(report: Report, sections: Sequence[_Section]) -> str:
    parts = ["<h1>Offline evals</h1>", f'<p class="{"pass" if report.passed else "FAIL"}">{html.escape(report.summary)}</p>']
    parts.append(f'<p class="note">{html.escape(NO_QUALITY)}</p>')
    for section in sections:
        parts += [f"<h2>{section.title}</h2>", f"<pre>{html.escape(section.intro)}</pre>"]
        if section.rows:
            head = "".join(f"<th>{html.escape(cell)}</th>" for cell in section.head)
            body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in section.rows)
            parts.append(f"<table><tr>{head}</tr>{body}</table>")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Offline evals</title><style>{_STYLE}</style>{"".join(parts)}</html>'
    )


def _cell(text: str) -> str:
    mark = text.split()[0] if text in ("pass", "FAIL", "caught", "NOT CAUGHT") else ""
    return f'<td class="{mark}">{html.escape(text)}</td>' if mark else f"<td>{html.escape(text)}</td>"
