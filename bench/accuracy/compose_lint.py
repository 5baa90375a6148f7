#!/usr/bin/env python3
"""Compares what plimsoll and compose-lint report about every compose file of a corpus, rule by rule.

Which control answers for which rule is taken from the program itself (`plimsoll controls --format json`, `peers`), so the
comparison cannot drift from the catalogue. What is compared is the pair of a file and a service: the two tools point at
different lines of one service (the key, the entry, the value). The lines are printed with the disagreements.

Every file is a project of its own with the `.env` beside it; a `.env` that chooses compose files loses those lines, so that
both tools look at the same file.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

# Where one control answers for several rules: what its message says when it is about that rule.
FACETS = {
    "CL-0011": r"\b(NET_ADMIN|BPF|SYS_BOOT)\b",
    "CL-0028": r"\b(PERFMON|SYS_TIME)\b",
    "CL-0029": r"\b(SYS_NICE|IPC_LOCK|LEASE)\b",
    "CL-0030": r"\bSYSLOG\b",
}

# Controls that say the same of a service in other words, so that ours for the rule is silent there: a tag that is no
# version has no digest either, and a privileged container has every capability whatever `cap_drop` says.
ELSEWHERE = {"CL-0006": ["privileged-container"], "CL-0019": ["unpinned-image"]}

# A finding of a project as a whole (an env file's secret, say) answers for every service of its file.
EVERY = None


def documents(corpora):
    """Every compose file below the directories with the directory it came from, in a fixed order."""
    return sorted(
        (path, pathlib.Path(corpus))
        for corpus in corpora
        for path in pathlib.Path(corpus).rglob("*")
        if path.is_file() and path.suffix in (".yml", ".yaml") and not path.name.startswith(".")
    )


def copies(files, folder):
    for number, (path, _) in enumerate(files):
        project = folder / f"{number:05}"
        project.mkdir()
        shutil.copy(path, project / "compose.yaml")
        env = path.parent / ".env"
        if env.exists():
            lines = env.read_text("utf-8", "replace").split("\n")
            (project / ".env").write_text("\n".join(line for line in lines if not line.startswith("COMPOSE_")), "utf-8")


def number_of(place):
    return int(pathlib.PurePath(place).parent.name)


def theirs(binary, folder, count):
    """compose-lint's findings (file, rule, service, line, message) and the files that it could not read."""
    found, unread = [], {}
    for number in range(count):
        command = [binary, "check", "--format", "json", "compose.yaml"]
        run = subprocess.run(command, cwd=folder / f"{number:05}", capture_output=True, text=True, check=False)
        if run.returncode not in (0, 1):
            unread[number] = (run.stderr or run.stdout).strip().split("\n")[-1]
            continue
        for item in json.loads(run.stdout)["findings"]:
            found.append([number, item["rule_id"], item["service"], item["line"], item["message"]])
    return found, unread


def ours(binary, folder):
    """plimsoll's findings (file, control, service, line, message) and the services of each file."""
    command = [binary, "scan", "--format", "json", "--min-severity", "info", "--fail-on", "never", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    found, services = [], collections.defaultdict(set)
    for scenario in json.loads(run.stdout)["scenarios"]:
        number = number_of(scenario["name"])
        for verdict in scenario["verdicts"]:
            subject = verdict["subject"]
            if subject and subject["kind"] == "service":
                services[number].add(subject["name"])
        for finding in scenario["findings"]:
            subject = finding["subject"]
            service = subject["name"] if subject and subject["kind"] == "service" else EVERY
            line = finding["place"]["line"] if finding["place"] else 0
            found.append((number, finding["control"], service, line, finding["message"]))
    return found, services


class Comparison:
    """What both say of one rule: pairs of file and service with the first finding there."""

    def __init__(self):
        self.theirs, self.ours, self.elsewhere = {}, {}, set()

    def both(self):
        return [pair for pair in self.theirs if self.ours_at(pair)]

    def ours_at(self, pair):
        return self.ours.get(pair) or self.ours.get((pair[0], EVERY))

    def said_elsewhere(self):
        return [pair for pair in self.theirs if not self.ours_at(pair) and pair in self.elsewhere]

    def only_they(self):
        return sorted(pair for pair in self.theirs if not self.ours_at(pair) and pair not in self.elsewhere)

    def only_we(self):
        files = {file for file, _ in self.theirs}
        said = lambda pair: pair in self.theirs or pair[1] is EVERY and pair[0] in files
        return sorted((pair for pair in self.ours if not said(pair)), key=str)


def compare(plimsoll, theirs_found, ours_found, unread):
    catalogue = json.loads(subprocess.run([plimsoll, "controls", "--format", "json"], capture_output=True, check=True).stdout)
    rules_of = {
        control["id"]: [peer for peer in control["peers"] if peer.startswith("CL-")] for control in catalogue["controls"]
    }
    table = collections.defaultdict(Comparison)
    for file, rule, service, line, message in theirs_found:
        table[rule].theirs.setdefault((file, service), (line, message))
    for file, control, service, line, message in ours_found:
        if file in unread:
            continue
        for rule, others in ELSEWHERE.items():
            if control in others:
                table[rule].elsewhere.add((file, service))
        for rule in rules_of.get(control, []):
            if rule in FACETS and not re.search(FACETS[rule], message):
                continue
            table[rule].ours.setdefault((file, service), (line, f"{message} [{control}]"))
    controls_of = collections.defaultdict(list)
    for control, rules in rules_of.items():
        for rule in rules:
            controls_of[rule].append(control)
    return table, controls_of


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("corpus", nargs="+", help="directories with compose files")
    arguments.add_argument("--plimsoll", default="target/release/plimsoll")
    arguments.add_argument("--compose-lint", default=shutil.which("compose-lint"))
    arguments.add_argument("--cache", type=pathlib.Path, help="keep compose-lint's output in this file")
    arguments.add_argument("--rule", action="append", default=[], help="print the disagreements of this rule")
    arguments.add_argument("--side", choices=("they", "we"), help="with --rule: only these")
    arguments.add_argument("--sample", type=int, help="with --rule: this many of them, drawn with a fixed seed")
    arguments.add_argument("--unread", action="store_true", help="print the files that compose-lint cannot read")
    options = arguments.parse_args()
    files = documents(options.corpus)
    name = lambda number: str(files[number][0].relative_to(files[number][1].parent))
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        copies(files, folder)
        if options.cache and options.cache.exists():
            kept = json.loads(options.cache.read_text())
            if kept["files"] != [name(number) for number in range(len(files))]:
                sys.exit(f"{options.cache} is of another corpus: remove it")
            found, unread = kept["findings"], {int(number): why for number, why in kept["unread"].items()}
        else:
            if not options.compose_lint:
                sys.exit("compose-lint was not found: name it with --compose-lint PATH")
            found, unread = theirs(options.compose_lint, folder, len(files))
            if options.cache:
                kept = {"files": [name(number) for number in range(len(files))], "findings": found, "unread": unread}
                options.cache.write_text(json.dumps(kept))
        mine, services = ours(options.plimsoll, folder)
    table, controls_of = compare(options.plimsoll, found, mine, unread)
    total = sum(len(each) for number, each in services.items() if number not in unread)
    print(f"{len(files)} files, {len(unread)} of them compose-lint cannot read; {total} services in the rest")
    print(f"{'rule':8} {'they':>5} {'we':>5} {'both':>5} {'elsewhere':>9} {'only they':>9} {'only we':>8}  controls")
    sums = collections.Counter()
    for rule in sorted(table):
        row = table[rule]
        both, they, we = len(row.both()), len(row.only_they()), len(row.only_we())
        elsewhere = len(row.said_elsewhere())
        sums.update(they=len(row.theirs), both=both + elsewhere)
        controls = ", ".join(sorted(controls_of[rule])) or "none"
        print(f"{rule:8} {len(row.theirs):5} {len(row.ours):5} {both:5} {elsewhere:9} {they:9} {we:8}  {controls}")
    share = 100 * sums["both"] / sums["they"] if sums["they"] else 100
    print(f"of {sums['they']} pairs that compose-lint reports we report {sums['both']} ({share:.2f} %)")
    if options.unread:
        for number, why in sorted(unread.items()):
            print(f"  {name(number)}: {why}")
    for rule in options.rule:
        row = table[rule]
        for side, pairs, said in (("they", row.only_they(), row.theirs), ("we", row.only_we(), row.ours)):
            if options.side and side != options.side:
                continue
            if options.sample and len(pairs) > options.sample:
                pairs = random.Random(0).sample(pairs, options.sample)
            for pair in pairs:
                line, message = said[pair]
                print(f"{rule} only {side}: {name(pair[0])}:{line} {pair[1]}: {message}")


if __name__ == "__main__":
    main()
