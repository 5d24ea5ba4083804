#!/usr/bin/env python3
"""The benchmarks, one table.

  table.py [NAME …] [--database sqlite postgresql] [--n N]

NAMEs: intake (B1, B1s), flush (B2), cores (B3), backlog (B4, B11), large (B11), growth (B5), latency (B6), relay (B7),
crash (B8), replay (B9), fairness (B12); without any, `intake`; `all` for all of them (half an hour). Every figure stands
beside what the reference pipeline, or mailbot without the burden, did in the same run: the ratio is the result. A run
with a wrong count is no measurement: it is told, and the exit status is 1. Root, Dovecot and, for its share, PostgreSQL
are needed.
"""

import argparse
import os
import sys

from rows import Row, Wrong


HEAD = Row("", "", "mailbot", "reference in the same run", "ratio", "asked")
LINE = "|------|" + "|".join("-" * n for n in (48, 26, 26, 7, 18)) + "|"


def main():
    import days
    import rates
    import weight
    from stand import POSTGRESQL, SQLITE, stand

    # The function, and how many mails.
    known = {
        "intake": (rates.intake, 5000),
        "flush": (rates.slow_flush, 1000),
        "cores": (rates.cores, 2000),
        "backlog": (rates.backlog, 0),
        "large": (weight.large, 300),
        "growth": (rates.growth, 1000),
        "latency": (days.latency, 0),
        "relay": (days.slow_relay, 1000),
        "crash": (days.crash, 1000),
        "replay": (rates.replay, 1000),
        "fairness": (days.fairness, 5000),
    }
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("names", nargs="*", metavar="NAME", help=" ".join((*known, "all")))
    a.add_argument("--database", nargs="+", choices=(SQLITE, POSTGRESQL), default=[SQLITE, POSTGRESQL])
    a.add_argument("--n", type=int, help="so many mails instead")
    a = a.parse_args()
    names = list(known) if "all" in a.names else a.names or ["intake"]
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no benchmark {unknown[0]!r}: there are {', '.join(known)}, and all")
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "?")
    print(f"{os.cpu_count()} cores ({model}), load {os.getloadavg()[0]:.1f} at the start\n\n{HEAD}\n{LINE}", flush=True)
    bad = False
    with stand() as made:
        for name in names:
            for kind in a.database:
                benchmark, n = known[name]
                try:
                    for row in benchmark(made, kind, a.n or n):
                        print(row, flush=True)
                except Wrong as fault:
                    bad = True
                    print(f"WRONG: {name}, {kind}: {fault}", flush=True)
    sys.exit(bad)


if __name__ == "__main__":
    main()
