#!/usr/bin/env python3
"""How much a report says: findings, causes and lines per file, beside Hadolint and compose-lint.

    cargo build --release && bench/accuracy/noise.py DIR [--program PATH]... [--hadolint PATH] [--compose-lint PATH]

DIR holds one project a folder. A project is scanned alone, as its owner would. Printed are medians and 90th percentiles over
the projects: all findings that count; the causes that the report for people tells (one a control, and one for all hardening
gaps together; what is merely good to know is counted and not told); and the lines of that report. Several programs, such as
an older build, are compared in one run.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


def own(program, baseline, project):
    scan = [program, "scan", str(project), "--fail-on", "never", "--no-color"]
    report = json.loads(run([*scan, "--format", "json"]) or b'{"scenarios": []}')
    findings, causes = 0, 0
    for scenario in report["scenarios"]:
        open_ones = [finding for finding in scenario["findings"] if finding["state"] == "open"]
        findings += len(open_ones)
        told = {finding["control"] for finding in open_ones if finding["severity"] != "info"}
        gaps = told & baseline
        causes += len(told - gaps) + (1 if gaps else 0)
    return findings, causes, run([*scan, "--format", "human"]).count(b"\n")


def hadolint(program, project):
    files = sorted(str(path) for path in project.rglob("Dockerfile"))
    found = json.loads(run([program, "-f", "json", *files]) or b"[]") if files else []
    return len(found), len({finding["code"] for finding in found}), len(found)


def compose_lint(program, project):
    files = sorted(str(path) for path in project.rglob("compose.yaml"))
    if not files:
        return 0, 0, 0
    text = run([program, "--format", "json", *files])
    try:
        found = json.loads(text)
    except ValueError:
        return 0, 0, 0
    found = found.get("findings", found) if isinstance(found, dict) else found
    return len(found), len({finding.get("rule_id", finding.get("rule")) for finding in found}), len(found)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--program", action="append", default=[])
    arguments.add_argument("--hadolint")
    arguments.add_argument("--compose-lint")
    arguments.add_argument("--every", type=int, default=1, help="only each Nth project")
    given = arguments.parse_args()
    projects = sorted(path for path in given.directory.iterdir() if path.is_dir())[:: given.every]
    if not projects:
        sys.exit(f"{given.directory} holds no projects")
    tools = []
    for program in given.program or ["target/release/plimsoll"]:
        catalogue = json.loads(run([program, "controls", "--format", "json"]))
        baseline = {control["id"] for control in catalogue["controls"] if control["baseline"]}
        tools.append((program, lambda project, p=program, b=baseline: own(p, b, project)))
    if given.hadolint:
        tools.append((given.hadolint, lambda project: hadolint(given.hadolint, project)))
    if given.compose_lint:
        tools.append((given.compose_lint, lambda project: compose_lint(given.compose_lint, project)))
    print(f"{len(projects)} projects")
    print("| program | findings, median | p90 | causes told, median | p90 | lines, median | p90 |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, tool in tools:
        with ThreadPoolExecutor(2) as pool:
            rows = list(pool.map(tool, projects))
        cells = [percentile(column, share) for column in zip(*rows, strict=True) for share in (0.5, 0.9)]
        print(f"| {name} | " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
