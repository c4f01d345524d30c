"""`forge eval offline`: the scenarios, the hostile model and the bad agents, a report, and an exit code that a gate can trust."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from evals.bad_agents import BAD_AGENTS
from evals.hostile import CALLS, Attack, attack
from evals.report import BadResult, Report, write_report
from evals.sample import Result, Scenario
from evals.scenarios import SCENARIOS
from evals.stage import InfrastructureError, Stage, open_stage


def main(argv: Sequence[str] | None = None) -> int:
    """Run the suite. 0: everything passed and every bad agent was caught. 1: not. 2: bad arguments or no stage to play on."""
    args = _parser().parse_args(argv)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # inspect_ai turns everybody's INFO on
    scenarios = [one for one in SCENARIOS if args.filter in one.name]
    if not scenarios:
        _say(f"No scenario has {args.filter!r} in its name.")
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    logging.getLogger().setLevel(logging.INFO)  # what is logged is looked at for secrets; only warnings are shown
    started = time.perf_counter()
    try:
        with open_stage(args.seed) as stage:
            report = _run(args, stage, scenarios, started)
    except InfrastructureError as error:
        _say(f"The stage did not stand, so nothing was evaluated: {error}")
        return 2
    _say(write_report(report, args.out))
    return 0 if report.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals", description="Prove how the agents behave, without a model and without a network."
    )
    parser.add_argument("suite", nargs="?", default="offline", choices=("offline",))
    parser.add_argument("--out", type=Path, default=Path("eval-out"), metavar="DIR", help="where the report goes (eval-out)")
    parser.add_argument(
        "--filter", default="", metavar="NAME", help="only scenarios with this in their name; then no attack and no bad agents"
    )
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="of the sandbox and the attack (7)")
    return parser


def _run(args: argparse.Namespace, stage: Stage, scenarios: list[Scenario], started: float) -> Report:
    results = _play_all(args.out, stage, scenarios)
    attacks: list[Attack] = []
    caught: list[BadResult] = []
    if not args.filter:
        for autonomy, calls in CALLS.items():
            attacks.append(attack(stage, calls, args.seed, autonomy))
            _say(attacks[-1].summary)
        caught = [_catch(stage, number) for number in range(len(BAD_AGENTS))]
    return Report(results, attacks, caught, time.perf_counter() - started, args.seed)


def _play_all(out: Path, stage: Stage, scenarios: list[Scenario]) -> list[Result]:
    """Play the scenarios through inspect_ai, which writes its log beside the report."""
    os.environ["XDG_DATA_HOME"] = str(out / ".inspect")  # inspect_ai keeps a trace there; else it would go to the user's home
    os.environ["INSPECT_LOG_DIR"] = str(out / "logs")
    from inspect_ai import eval as run_eval

    from evals.tasks import Played, offline_suite

    played = Played()
    suite = offline_suite(
        stage, scenarios, played, lambda result: None if result.passed else _say(f"✗ {result.scenario}: {result.explanation}")
    )
    run_eval(
        suite,
        model="none/none",
        display="none",
        log_dir=str(out / "logs"),
        max_samples=1,
        fail_on_error=False,
        score=True,
        log_level="error",
    )
    lost = [Result(one.name, one.goal, infrastructure="inspect_ai did not play it") for one in scenarios if one.name not in played.results]
    return [*(played.results[one.name] for one in scenarios if one.name in played.results), *lost]


def _catch(stage: Stage, number: int) -> BadResult:
    """Put a bad agent into its scenarios; it is caught when at least one of them fails it."""
    from evals.tasks import play_and_score

    bad = BAD_AGENTS[number]
    by_name = {one.name: one for one in SCENARIOS}
    results = [play_and_score(stage, by_name[name], bad.wiring) for name in bad.scenarios]
    return BadResult(bad.name, bad.words, results)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
