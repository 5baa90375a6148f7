#!/usr/bin/env python3
"""The labelled set of files: plimsoll against other scanners, line by line, in one run.

usage: compare.py FOLDER SCANNER...

FOLDER is what the tests write: PLIMSOLL_LABELLED=FOLDER cargo test -p plimsoll-secrets --test labelled written_out.
SCANNER is a path of `detect-secrets` or `kingfisher`. A secret is found when a line of it is reported; every reported line without
one is wrong, also those that nobody marked as hard.
"""

import collections
import json
import os
import subprocess
import sys


def labels(folder):
    """Secrets as (file, first, last), lines that look like one, and what plimsoll reports, by set."""
    sets = collections.defaultdict(lambda: {"+": [], "-": set(), "plimsoll": set()})
    with open(os.path.join(folder, "labels.tsv"), encoding="utf-8") as rows:
        next(rows)
        for row in rows:
            name, label, file, first, last = row.rstrip("\n").split("\t")
            if label == "+":
                sets[name]["+"].append((file, int(first), int(last)))
            else:
                sets[name][label].add((file, int(first)))
    return sets


def detect_secrets(program, folder):
    out = subprocess.run([program, "scan", "--all-files", "."], cwd=folder, capture_output=True, check=True).stdout
    results = json.loads(out)["results"]
    return {(file, found["line_number"]) for file, all in results.items() for found in all}


def kingfisher(program, folder):
    # `low` is the lowest confidence that a rule may have; nothing is asked of a provider.
    command = [program, "scan", ".", "--no-validate", "--no-update-check", "--confidence", "low", "--format", "jsonl"]
    out = subprocess.run(command, cwd=folder, capture_output=True).stdout.decode(errors="replace")
    lines = set()
    for row in out.splitlines():
        if not row.startswith("{"):
            continue
        finding = json.loads(row).get("finding")
        if finding:
            lines.add((os.path.normpath(finding["path"]), finding["line"]))
    return lines


def score(wanted, reported):
    found, right = 0, set()
    for file, first, last in wanted:
        own = {(file, line) for line in range(first, last + 1)} & reported
        found += bool(own)
        right |= own
    wrong = len(reported - right)
    return found, wrong


def main():
    folder, programs = sys.argv[1], sys.argv[2:]
    sets = labels(folder)
    reports = {"plimsoll": set().union(*(own["plimsoll"] for own in sets.values()))}
    for program in programs:
        name = os.path.basename(program)
        version = subprocess.run([program, "--version"], capture_output=True).stdout.decode().split()[-1]
        run = kingfisher if name == "kingfisher" else detect_secrets
        reports[f"{name} {version}"] = {(file, line) for file, line in run(program, folder) if file != "labels.tsv"}
    for name, own in sorted(sets.items()):
        print(f"\n## {name}: {len(own['+'])} secrets, {len(own['-'])} lines that look like one\n")
        print("| scanner | found | wrong | precision | recall |\n|---|---|---|---|---|")
        for scanner, all in reports.items():
            reported = {(file, line) for file, line in all if file.startswith(f"{name}/")}
            found, wrong = score(own["+"], reported)
            precision = found / (found + wrong) if found + wrong else 0
            print(f"| {scanner} | {found} | {wrong} | {precision:.3f} | {found / len(own['+']):.3f} |")


main()
