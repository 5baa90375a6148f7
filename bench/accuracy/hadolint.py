#!/usr/bin/env python3
"""Compares what plimsoll and hadolint report about every Dockerfile of a corpus, rule by rule.

Which control answers for which rule is taken from the program itself (`plimsoll controls --format json`, `peers`), so the
comparison cannot drift from the catalogue. Pragmas of either tool count for nothing here: both report all they see.

A file that hadolint cannot parse (DL1000) gets no other finding from it; such files count only for DL1000 and its
controls. Where one control answers for several rules (one for every package manager, say), FACETS tells by the
message for which of them it spoke.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

RULE = re.compile(r"^(DL|SC)\d{4}$")

# rule: what the message of a finding must hold to be about that rule.
APT, APK = r"\b(apt|aptitude|apt-get)\b", r"\bapk\b"
YUM, DNF, ZYPPER = r"\byum\b", r"\b(dnf|dnf5|microdnf|tdnf)\b", r"\bzypper\b"
FACETS = {
    "DL3008": APT, "DL3009": APT, "DL3014": APT, "DL3015": APT,
    "DL3018": APK, "DL3019": APK,
    "DL3030": YUM, "DL3032": YUM, "DL3033": YUM,
    "DL3038": DNF, "DL3040": DNF, "DL3041": DNF,
    "DL3034": ZYPPER, "DL3036": ZYPPER, "DL3037": ZYPPER, "DL3035": ZYPPER,
    "DL3013": r"\bpip[0-9.]*\b", "DL3042": r"\bpip[0-9.]*\b",
    "DL3016": r"\bnpm\b", "DL3028": r"\bgem\b", "DL3062": r"\bgo\b", "DL3060": r"\byarn\b",
}


def documents(corpus):
    """Every Dockerfile below the directory, in a fixed order."""
    names = lambda path: path.name == "Dockerfile" or path.name.endswith(".Dockerfile") or path.name.startswith("Dockerfile.")
    return sorted(path for path in pathlib.Path(corpus).rglob("*") if path.is_file() and names(path))


def copies(files, folder):
    """One project per file, so that no compose file and no ignore file has a say."""
    for number, path in enumerate(files):
        project = folder / f"{number:05}"
        project.mkdir()
        (project / "Dockerfile").write_bytes(path.read_bytes())


def number_of(place):
    return int(pathlib.PurePath(place).parent.name)


def theirs(binary, folder, count):
    """hadolint's findings: (file, rule, line)."""
    found = []
    for start in range(0, count, 200):
        batch = [f"{number:05}/Dockerfile" for number in range(start, min(start + 200, count))]
        command = [binary, "--no-fail", "--disable-ignore-pragma", "-f", "json", *batch]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        found += [(number_of(item["file"]), item["code"], item["line"]) for item in json.loads(run.stdout)]
    return found


def ours(binary, folder):
    """plimsoll's findings: (file, control, line, message)."""
    command = [binary, "scan", "--format", "json", "--style", "--min-severity", "info", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    found = []
    for scenario in json.loads(run.stdout)["scenarios"]:
        for finding in scenario["findings"]:
            for place in [finding["place"], *(near["place"] for near in finding.get("related", []))]:
                if place and place["file"].endswith("Dockerfile"):
                    found.append(
                        (number_of(place["file"]), finding["control"], place["line"], finding["message"])
                    )
    return found


def instructions(text):
    """For each line (from 1), the first line of the instruction it is part of."""
    starts, start, ends, escape = {}, None, [], "\\"
    head = re.match(r"(?:\s*#.*\n)*?\s*#\s*escape\s*=\s*(\S)", text, re.I)
    if head:
        escape = head[1]
    for number, line in enumerate(text.split("\n"), 1):
        blank = not line.strip() or line.lstrip().startswith("#")
        if ends and start:
            starts[number] = start
            if line.strip() == ends[0]:
                ends.pop(0)
                start = start if ends else None
            continue
        if start is None:
            if blank:
                starts[number] = number
                continue
            start = number
        starts[number] = start
        if blank:
            continue
        ends += re.findall(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?", line) if re.match(r"\s*(RUN|COPY|ADD|ONBUILD)\b", line, re.I) else []
        if not line.rstrip().endswith(escape) and not ends:
            start = None
    return starts


class Comparison:
    """What both say of one rule."""

    def __init__(self):
        self.theirs, self.ours = set(), set()  # files
        self.their_places, self.our_places = set(), set()  # (file, line of the instruction)


def compare(args, files, texts, hadolint, plimsoll):
    catalogue = json.loads(subprocess.run([args.plimsoll, "controls", "--format", "json"], capture_output=True, check=True).stdout)
    rules_of = {
        control["id"]: [peer for peer in control["peers"] if RULE.match(peer)] for control in catalogue["controls"]
    }
    controls_of = collections.defaultdict(list)
    for control, rules in rules_of.items():
        for rule in rules:
            controls_of[rule].append(control)
    unread = {file for file, rule, _ in hadolint if rule == "DL1000"}
    table = collections.defaultdict(Comparison)
    starts = [instructions(text) for text in texts]
    for file, rule, line in hadolint:
        table[rule].theirs.add(file)
        table[rule].their_places.add((file, starts[file].get(line, line)))
    for file, control, first, message in plimsoll:
        for rule in rules_of.get(control, []):
            if file in unread and rule != "DL1000":
                continue
            if rule in FACETS:
                if not re.search(FACETS[rule], message):
                    continue
            table[rule].ours.add(file)
            table[rule].our_places.add((file, starts[file].get(first, first)))
    return table, controls_of, unread


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def print_table(table, controls_of, wanted):
    print("| rule | control | files: both | only hadolint | only plimsoll | share of hadolint's | places: both | only hadolint | only plimsoll |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for rule in sorted(set(table) | set(controls_of)):
        if wanted and rule not in wanted:
            continue
        row = table[rule]
        both, places = row.theirs & row.ours, row.their_places & row.our_places
        print(
            f"| {rule} | {', '.join(controls_of[rule]) or '-'} | {len(both)} | {len(row.theirs - row.ours)} | {len(row.ours - row.theirs)}"
            f" | {share(len(both), len(row.theirs))} | {len(places)} | {len(row.their_places - row.our_places)} | {len(row.our_places - row.their_places)} |"
        )


def show(args, files, texts, table, corpus):
    row = table[args.show]
    if args.places:
        left, right = row.their_places, row.our_places
        chosen = sorted(left - right if args.only == "theirs" else right - left)
    else:
        left = {place for place in row.their_places if place[0] not in row.ours}
        right = {place for place in row.our_places if place[0] not in row.theirs}
        chosen = sorted(left if args.only == "theirs" else right)
    print(f"{len(chosen)} places")
    if args.seed is not None:
        random.Random(args.seed).shuffle(chosen)
    for file, line in chosen[: args.count]:
        starts = instructions(texts[file])
        last = max((number for number, start in starts.items() if start == line), default=line)
        print(f"--- {files[file].relative_to(corpus)}:{line}")
        print("\n".join(texts[file].split("\n")[line - 1 : min(last, line + args.lines - 1)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="directory that is searched for Dockerfiles")
    parser.add_argument("--plimsoll", default="target/release/plimsoll", help="the binary of plimsoll")
    parser.add_argument("--hadolint", default="hadolint", help="the binary of hadolint")
    parser.add_argument("--cache", type=pathlib.Path, help="file that keeps hadolint's findings for the next run")
    parser.add_argument("--rule", action="append", default=[], help="only this rule in the table; may be given several times")
    parser.add_argument("--show", metavar="RULE", help="print places instead of the table")
    parser.add_argument("--only", choices=["ours", "theirs"], default="theirs", help="whose findings --show prints")
    parser.add_argument("--places", action="store_true", help="with --show: compare instruction by instruction, not file by file")
    parser.add_argument("--count", type=int, default=20, help="how many places --show prints")
    parser.add_argument("--lines", type=int, default=25, help="how many lines of each")
    parser.add_argument("--seed", type=int, help="shuffle the places of --show with this seed")
    args = parser.parse_args()
    args.plimsoll = str(pathlib.Path(args.plimsoll).resolve())

    files = documents(args.corpus)
    texts = [path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") for path in files]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        copies(files, folder)
        if args.cache and args.cache.exists():
            hadolint = [tuple(item) for item in json.loads(args.cache.read_text())]
        else:
            hadolint = theirs(args.hadolint, folder, len(files))
            if args.cache:
                args.cache.write_text(json.dumps(hadolint))
        plimsoll = ours(args.plimsoll, folder)
    table, controls_of, unread = compare(args, files, texts, hadolint, plimsoll)
    if args.show:
        show(args, files, texts, table, args.corpus)
    else:
        print(f"{len(files)} files, of which hadolint cannot read {len(unread)}\n")
        print_table(table, controls_of, args.rule)


if __name__ == "__main__":
    main()
