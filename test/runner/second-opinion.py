"""Clock and totals of a runner, worked out a second time: from the ledger's lines alone, and from nothing of the program.

Reads entries as JSON lines (`git log --reverse --format=%b <ref>`) on stdin; takes the runner and the days of the clock.
Prints JSON: clock state, its days, why it began anew, and sums over ticks, weeks and labels. Money is integer micro-dollars.
"""

import datetime as dt
import json
import sys

runner, clock_days = sys.argv[1], int(sys.argv[2])
lines = [json.loads(line) for line in sys.stdin if line.strip()]
as_of = lines[-1]["at"][:10]
mine = [line for line in lines if line.get("runner") == runner]
for place, line in enumerate(mine):
    line["place"] = place

ENDS = {e["tick"]: e for e in mine if e["kind"] == "tick-ended"}
STARTS = [e for e in mine if e["kind"] == "tick-started"]
EXTRA = {}
for e in mine:
    if e["kind"] == "tick-corrected":
        EXTRA[e["tick"]] = EXTRA.get(e["tick"], 0) + e["usdInMicros"]


def moment(text):
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def day_after(day):
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def by_whom(e):
    run = e.get("run")
    if e["attempt"] > 1 or (run or {}).get("attempt", 1) > 1:
        return "re-run"
    if run is not None and run.get("event") != "schedule":
        return "manual-run"
    return {"schedule": "", "manual": "manual-run", "rerun": "re-run"}[e["trigger"]]


# The days on which the work was done (a scheduled tick that passed, at most a day after its slot), and where that is told.
worked, slots = {}, set()
for e in STARTS:
    end = ENDS.get(e["tick"])
    if end is None or e["slot"] is None or by_whom(e):
        continue
    late = moment(e["at"]) - moment(e["slot"])
    if not dt.timedelta(0) <= late <= dt.timedelta(days=1) or e["slot"] in slots:
        continue
    slots.add(e["slot"])
    if end["outcome"] == "passed":
        worked.setdefault(e["day"], end["place"])

# What may start the clock, or begin it anew, on each day.
passed, config, ticked = {}, None, False
day0, count, done, resets = None, 0, None, []
origin = None


def armed():
    return {"spend-cap", "kill-flag", "kill-process"} <= passed.get(config, set())


def start_of(day):
    """Day 0 after what was told so far of this day."""
    return day if config is not None and armed() else None


by_day = {}
for e in mine:
    by_day.setdefault(e["at"][:10], []).append(e)

day = mine[0]["at"][:10] if mine else as_of
while mine and day <= as_of and done is None:
    ran = day0 is not None
    reasons = []
    for e in by_day.get(day, []):
        # The clock ran out with this day's work: what follows is another story.
        if ran and not reasons and count == clock_days - 1 and e["place"] > worked.get(day, len(mine)):
            break
        why = []
        changed = config is not None and e.get("config") != config
        if e["kind"] == "drill":
            proven = passed.setdefault(e["config"], set())
            if e["outcome"] == "passed":
                proven.add(e["control"])
            if e["outcome"] == "failed":
                proven.discard(e["control"])
                if e["config"] == config:
                    why.append("drill-failed")
            if not ticked:
                why += ["config-changed"] if changed else []
                config = e["config"]
        elif e["kind"] in ("tick-started", "tick-halted"):
            why += ["config-changed"] if changed else []
            config, ticked = e["config"], True
            if why:
                day0 = origin = None
            where = e["actor"].split(":")[0]
            if by_whom(e):
                why.append(by_whom(e))
            elif ran and origin not in (None, where):
                why.append("hand-made")
            elif day0 is not None:
                origin = where
        if why:
            reasons += why
            day0 = origin = None
        if day0 is None:
            day0 = start_of(day)
    if ran and reasons:
        resets += [[day, why] for why in reasons]
        count = 0
    elif not ran:
        count = 0
    elif day in worked:
        count += 1
        if count == clock_days:
            done = day
    elif day != as_of:
        resets.append([day, "missed-day"])
        day0, count, origin = day, 0, None
    day = day_after(day)


def ratio(value, cost):
    if cost == 0:
        return None
    cents = (2 * value * 100 + cost) // (2 * cost)
    return "%d.%02d" % (cents // 100, cents % 100)


def sums(starts, halted):
    ends = [ENDS[e["tick"]] for e in starts if e["tick"] in ENDS]
    cost = sum(e["usdInMicros"] + EXTRA.get(e["tick"], 0) for e in ends)
    value = sum(e["valueMicros"] for e in ends)
    outcomes = [e["outcome"] for e in ends]
    return {
        "ticks": len(starts) + halted,
        "started": len(starts),
        "haltedBefore": halted,
        "open": len(starts) - len(ends),
        **{name: outcomes.count(name) for name in ("passed", "failed", "halted", "inconclusive", "lost")},
        "usdInMicros": cost,
        "usdReservedMicros": sum(e["usdInMicros"] for e in ends if e["usdProvenance"] == "reserved"),
        "valueMicros": value,
        "units": sum(e["units"] for e in ends),
        "ratio": ratio(value, cost),
    }


def grouped(key):
    halted = [e for e in mine if e["kind"] == "tick-halted"]
    keys = sorted({key(e) for e in STARTS + halted})
    return {
        k: sums([e for e in STARTS if key(e) == k], len([e for e in halted if key(e) == k])) for k in keys
    }


def monday(e):
    date = dt.date.fromisoformat(e["day"])
    return (date - dt.timedelta(days=date.weekday())).isoformat()


json.dump(
    {
        "state": "complete" if done else "running" if day0 else "waiting",
        "day": count,
        "startedOn": day0,
        "completedOn": done,
        "resets": resets,
        "totals": grouped(lambda e: "all").get("all"),
        "weeks": grouped(monday),
        "labels": grouped(lambda e: e.get("label", "")),
    },
    sys.stdout,
)
