"""Expected wait: how well what waiting callers are told comes true, over imagined weeks."""

import argparse
import json

from handoff.routing_rules import load_rules
from handoff.wait_trial import try_week
from handoff.week import imagine


def main() -> None:
    """Print one line a week, with `--json` one object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--agents", type=int, default=30)
    parser.add_argument("--heavy", type=float, default=0.12)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    for seed in range(1, chosen.seeds + 1):
        week = imagine(calls=chosen.calls, agents=chosen.agents, heavy=chosen.heavy, seed=seed)
        trial = try_week(week, load_rules())
        waits = sorted(trial.waited)
        told = {
            "seed": seed,
            "told": len(trial.told),
            "untold": trial.untold,
            "median_wait_s": round(waits[len(waits) // 2]) if waits else None,
            "bias_s": round(trial.bias_s),
            "error_s": round(trial.error_s),
            "within": round(trial.within, 3),
        }
        print(json.dumps(told) if chosen.json else "  ".join(f"{k} {v}" for k, v in told.items()))


if __name__ == "__main__":
    main()
