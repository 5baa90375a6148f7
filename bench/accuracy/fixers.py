#!/usr/bin/env python3
"""What fixers do to real files, all measured the same way: the program and its peers.

    fixers.py dockerfile DIR --tool plimsoll=PATH --tool tally=PATH … --hadolint PATH
    fixers.py compose DIR --tool plimsoll=PATH --tool dclint=PATH … --compose PATH --compose-lint PATH

DIR holds one project a folder, with a `Dockerfile` or a `compose.yaml`; it is only read. Every fixer works on a copy, twice. Run it
with a Python that has the package `dockerfile` (BuildKit's parser). Tools are those of FIXERS below; one that is measured
in two ways has two names there and takes the path of either.

A result is *refused* when its judge takes the original and not the result: BuildKit's parser and its list of instructions, or
`docker compose config`. Where it is refused, the findings of the original count on: a file that does not build mends nothing.
A script *breaks* when bash reads it in the original and not in the result (`bash -n`; only shell forms). Findings are counted
by two scanners, the program's (medium and above) and another's (all), so that the yardstick is not only one's own.
"""

import argparse
import collections
import concurrent.futures
import difflib
import functools
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

INSTRUCTIONS = set(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()
)
TALLY = ["lint", "--no-config", "--slow-checks", "off", "--no-color", "--fix"]
DOCTOR = ["--quiet", "--no-color", "--fix"]
# name: (kind, arguments before the files, how many files one run takes)
FIXERS = {
    "plimsoll": ("dockerfile", ["fix", "--risky", "--write"], 1),
    "plimsoll-safe": ("dockerfile", ["fix", "--write"], 1),
    "tally": ("dockerfile", TALLY, 10),
    "tally-unsafe": ("dockerfile", [*TALLY, "--fix-unsafe"], 10),
    "dockerfile-doctor": ("dockerfile", DOCTOR, 25),
    "dockerfile-doctor-unsafe": ("dockerfile", [*DOCTOR, "--unsafe-fixes"], 25),
    "dockerfile-hardener": ("dockerfile", ["fix", "--no-backup"], 1),
    "plimsoll-compose": ("compose", ["fix", "--risky", "--write"], 1),
    "plimsoll-compose-safe": ("compose", ["fix", "--write"], 1),
    "compose-lint": ("compose", ["fix", "--apply"], 25),
    "compose-harden": ("compose", ["fix", "--in-place", "--no-audit"], 1),
    "dclint": ("compose", ["--fix"], 25),
}
NAME = {"dockerfile": "Dockerfile", "compose": "compose.yaml"}
# 0: nothing is left to find; 1: something is.
DONE = (0, 1)


def in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, items))


def fixed(tool, binary, folder):
    """Runs a fixer over all projects of the folder; those that it fails on stay as they were, and are returned."""
    kind, arguments, size = FIXERS[tool]
    name = NAME[kind]
    projects = sorted(folder.iterdir())

    def run(batch):
        names = [name] if size == 1 else [f"{project.name}/{name}" for project in batch]
        names = ["."] if tool.startswith("plimsoll") else names
        where = batch[0] if size == 1 else folder
        before = [(project / name).read_bytes() for project in batch]
        try:
            result = subprocess.run([binary, *arguments, *names], cwd=where, capture_output=True, timeout=300, check=False)
            failed = result.returncode not in DONE or b"Traceback" in result.stderr
        except subprocess.TimeoutExpired:
            failed = True
        if not failed:
            return []
        for project, text in zip(batch, before, strict=True):
            (project / name).write_bytes(text)
        return [batch[0].name] if len(batch) == 1 else [each for project in batch for each in run([project])]

    batches = [projects[start : start + size] for start in range(0, len(projects), size)]
    return {name for failed in in_parallel(run, batches) for name in failed}


@functools.cache
def parsed(text):
    """The instructions by BuildKit's parser: (keyword, first line, last line, script or None); or why it refuses."""
    import dockerfile

    try:
        commands = dockerfile.parse_string(text)
    except Exception as error:  # the package raises its own and Go's errors alike
        return None, str(error).split("\n")[0]
    for command in commands:
        if command.cmd.upper() not in INSTRUCTIONS:
            return None, f"unknown instruction: {command.cmd.upper()} (line {command.start_line})"
    if not commands:
        return None, "file with no instructions"
    script = lambda it: it.value[0] if it.cmd.upper() == "RUN" and not it.json and it.value and not it.heredocs else None
    return [(it.cmd.upper(), it.start_line, it.end_line, script(it)) for it in commands], None


@functools.cache
def is_script(text):
    return subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True, check=False).returncode == 0


def broken(commands):
    return sum(1 for command in commands if command[3] is not None and not is_script(command[3]))


MODELS = {}


def model(compose, text, folder):
    """What `merged` says, asked once for each text of a project."""
    key = (folder.name, text)
    if key not in MODELS:
        MODELS[key] = merged(compose, text, folder)
    return MODELS[key]


def merged(compose, text, folder):
    """The merged model by Docker Compose as paths, or why it refuses. A variable that must be set, is."""
    asked = {name: "x" for name in re.findall(r"\$\{([A-Za-z_]\w*):?\?", text)}
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COMPOSE_PROFILES": "*", **asked}
    command = [compose, "-p", "project", "-f", "compose.yaml", "config", "--format", "json"]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        return None, run.stderr.strip().split("\n")[-1]
    # Where the copy lies is no part of the model.
    said = run.stdout.replace(str(folder), "/project").replace(str(folder.parent), "")
    return collections.Counter(paths(json.loads(said))), None


def paths(value, path=""):
    """Every leaf as (path, value); items of a list have no number, so that one more moves no other."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from paths(each, f"{path}.{key}")
    elif isinstance(value, list) and value:
        yield from ((f"{path}[]", json.dumps(each, sort_keys=True)) for each in value)
    else:
        yield path, json.dumps(value)


def lost_comments(old, new):
    comments = lambda text: collections.Counter(line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))
    return sum((comments(old) - comments(new)).values())


def gone(old, new):
    """The numbers of the lines (from 1) that a text loses or changes; line ends count."""
    matcher = difflib.SequenceMatcher(None, old.splitlines(True), new.splitlines(True), autojunk=False)
    return [line + 1 for tag, start, end, _, _ in matcher.get_opcodes() if tag != "equal" for line in range(start, end)]


def named_lines(tool, binary, folder):
    """The lines that a linter's own findings name, by project: those it tells its user about."""
    named = collections.defaultdict(set)
    projects = sorted(folder.iterdir())
    size = 1 if "hardener" in tool else len(projects) if tool.startswith("plimsoll") else 10

    def run(batch):
        names = [f"{project.name}/Dockerfile" for project in batch]
        arguments = {
            "p": ["scan", "--format", "json", "--min-severity", "info", "--fail-on", "never", "."],
            "t": [*TALLY[:-1], "-f", "json", *names],
            "d": ["--format", "json", *names] if "doctor" in tool else ["lint", "--format", "json", *names],
        }[tool[0]]
        result = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        try:
            return batch, json.loads(result.stdout)
        except ValueError:
            return batch, None if len(batch) == 1 else [run([project]) for project in batch]

    def told(batch, reply):
        if isinstance(reply, list):
            return [pair for part in reply for pair in told(*part)]
        if reply is None:
            return []
        if "scenarios" in reply:
            found = [it for scenario in reply["scenarios"] for it in scenario["findings"]]
            places = [place for it in found for place in [it["place"], *(near["place"] for near in it["related"])] if place]
            return [(place["file"].split("/")[0], place["line"], place["end_line"]) for place in places]
        if "findings" in reply:
            return [(batch[0].name, it["line_number"] or 0, it["line_number"] or 0) for it in reply["findings"]]
        pairs = []
        for file in reply["files"]:
            project = (file.get("file") or file.get("filepath")).split("/")[0]
            for it in file.get("violations") or file.get("issues") or []:
                if "line" in it:
                    pairs.append((project, it["line"], it["line"]))
                    continue
                edits = (it.get("suggestedFix") or {}).get("edits") or []
                for place in [it["location"], *(edit["location"] for edit in edits)]:
                    pairs.append((project, place["start"]["line"], place["end"]["line"]))
        return pairs

    batches = [projects[start : start + size] for start in range(0, len(projects), size)]
    for batch, reply in in_parallel(run, batches):
        for project, first, last in told(batch, reply):
            named[project].update(range(max(first, 1), max(first, last) + 1))
    return named


def our_findings(binary, folder):
    """Findings of medium and above by project."""
    command = [binary, "scan", "--format", "json", "--min-severity", "medium", "--fail-on", "never", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if run.returncode:
        sys.exit(run.stderr.decode())
    found = collections.Counter()
    for scenario in json.loads(run.stdout)["scenarios"]:
        project = re.split(r"[/ ]", scenario["name"])[0]
        found[project] += sum(1 for it in scenario["findings"] if it["severity"] in ("critical", "high", "medium"))
    return found


def other_findings(kind, binary, folder):
    """Findings of another scanner by project; what it cannot parse is not in it."""
    projects = sorted(project.name for project in folder.iterdir())
    found = dict.fromkeys(projects, 0)
    if kind == "compose":
        def run(batch):
            command = [binary, "check", "--format", "json", *(f"{project}/compose.yaml" for project in batch)]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if run.returncode in DONE:
                places = [item["file"].split("/")[0] for item in json.loads(run.stdout)["findings"]]
                return {project: places.count(project) for project in batch}
            return {} if len(batch) == 1 else {name: count for project in batch for name, count in run_each(project)}

        run_each = lambda project: run([project]).items()
        batches = [projects[start : start + 25] for start in range(0, len(projects), 25)]
        return {name: count for each in in_parallel(run, batches) for name, count in each.items()}
    for start in range(0, len(projects), 200):
        batch = [f"{project}/Dockerfile" for project in projects[start : start + 200]]
        command = [binary, "--no-fail", "--disable-ignore-pragma", "-f", "json", *batch]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        for item in json.loads(run.stdout):
            project = item["file"].split("/")[0]
            if item["code"] == "DL1000":
                found.pop(project, None)
            elif project in found:
                found[project] += 1
    return found


def judged(options, project, old_folder, new_folder):
    """What became of one file."""
    name = NAME[options.kind]
    raw = [(folder / project / name).read_bytes() for folder in (old_folder, new_folder)]
    old, new = (text.decode("utf-8", "replace") for text in raw)
    verdict = {"changed": raw[0] != raw[1]}
    if not verdict["changed"]:
        return verdict
    verdict["comments"] = lost_comments(old, new)
    verdict["gone"] = gone(old, new)
    ends = lambda text: {end for end in ("\r\n", "\n") if end in (text if end != "\n" else text.replace("\r\n", ""))}
    verdict["ends"] = bool(ends(new) - ends(old)) or raw[0].startswith(b"\xef\xbb\xbf") != raw[1].startswith(b"\xef\xbb\xbf")
    if options.kind == "dockerfile":
        (was, _), (now, why) = parsed(old), parsed(new)
        verdict["refused"] = why if was and not now else None
        verdict["broken"] = bool(was and now) and broken(now) > broken(was)
        return verdict
    (was, _), (now, why) = (model(options.compose, text, folder / project) for text, folder in ((old, old_folder), (new, new_folder)))
    verdict["refused"] = why if was is not None and now is None else None
    if was is not None and now is not None:
        verdict["model"] = [sorted(map(list, (was - now).elements())), sorted(map(list, (now - was).elements()))]
    return verdict


def measured(options, tool, binary, folder, before, named):
    """One fixer over all files: a verdict for each, and the sums."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"fixers-{tool}-"))
    once, twice = scratch / "once", scratch / "twice"
    shutil.copytree(folder, once)
    failed = fixed(tool, binary, once)
    shutil.copytree(once, twice)
    fixed(tool, binary, twice)
    projects = sorted(project.name for project in folder.iterdir())
    verdicts = dict(zip(projects, in_parallel(lambda it: judged(options, it, folder, once), projects), strict=True))
    ours, others = our_findings(options.plimsoll, once), other_findings(options.kind, options.scanner, once)
    name = NAME[options.kind]
    for project, verdict in verdicts.items():
        verdict["failed"] = project in failed
        verdict["again"] = (once / project / name).read_bytes() != (twice / project / name).read_bytes()
        taken = not verdict.get("refused")
        verdict["ours"] = [before[0][project], ours[project] if taken else before[0][project]]
        if project in before[1]:
            verdict["others"] = [before[1][project], others.get(project, before[1][project]) if taken else before[1][project]]
        if options.kind == "dockerfile" and verdict["changed"]:
            text = (folder / project / name).read_bytes().decode("utf-8", "replace")
            verdict["untold"] = untold(text, verdict["gone"], named[project])
    return verdicts, scratch


def untold(text, lines, named):
    """Of the lines that are gone, those of instructions that no finding names; comments and blanks between them included."""
    commands, _ = parsed(text)
    told = set(named)
    for _, first, last, _ in commands or []:
        if any(line in named for line in range(first, last + 1)):
            told.update(range(first, last + 1))
    return [line for line in lines if line not in told]


def row(tool, kind, verdicts):
    each = list(verdicts.values())
    count = lambda key: sum(1 for it in each if it.get(key))
    pair = lambda key: [sum(it[key][side] for it in each if key in it) for side in (0, 1)]
    more = lambda key: sum(1 for it in each if key in it and it[key][1] > it[key][0])
    cells = [tool, len(each), count("failed"), count("changed"), count("refused")]
    if kind == "dockerfile":
        cells.append(count("broken"))
    cells.append(count("again"))
    for key in ("ours", "others"):
        old, new = pair(key)
        cells.append(f"{old:,} → {new:,} ({more(key)})")
    cells.append(f"{sum(it.get('comments', 0) for it in each)} in {count('comments')}")
    if kind == "dockerfile":
        cells.append(f"{sum(len(it.get('untold', [])) for it in each)} in {count('untold')}")
    else:
        models = [it["model"] for it in each if "model" in it]
        cells.append(f"{sum(len(it[1]) for it in models)} / {sum(len(it[0]) for it in models)}")
        cells.append(sum(1 for it in models if not it[0] and not it[1]))
        lines = [len(it["gone"]) for it in each if "gone" in it]
        cells.append(f"{sum(lines)}, {max(lines, default=0)} at most")
    cells.append(count("ends"))
    return "| " + " | ".join(map(str, cells)) + " |"


HEADS = {
    "dockerfile": "| fixer | files | failed | changed | refused | scripts broken in | changed again | medium+ of plimsoll (files with more) "
    "| findings of hadolint (files with more) | comment lines lost | lines of instructions that no finding names | line ends changed |",
    "compose": "| fixer | files | failed | changed | refused | changed again | medium+ of plimsoll (files with more) "
    "| findings of compose-lint (files with more) | comment lines lost | values of the model come / gone | model the same | lines gone or altered | line ends changed |",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(NAME))
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--tool", action="append", default=[], metavar="NAME=PATH", help="a fixer; may be given several times")
    parser.add_argument("--plimsoll", default="target/release/plimsoll", help="the scanner that counts")
    parser.add_argument("--hadolint", default="hadolint", help="the other scanner of Dockerfiles")
    parser.add_argument("--compose-lint", default="compose-lint", help="the other scanner of compose files")
    parser.add_argument("--compose", default="docker-compose", help="Docker Compose itself")
    parser.add_argument("--every", type=int, default=1, help="only each Nth project")
    parser.add_argument("--cache", type=pathlib.Path, help="keeps what is known of the originals for the next run")
    parser.add_argument("--keep", type=pathlib.Path, help="keeps results and verdicts below this directory")
    options = parser.parse_args()
    options.plimsoll = str(pathlib.Path(options.plimsoll).resolve())
    options.scanner = options.hadolint if options.kind == "dockerfile" else options.compose_lint
    tools = dict(tool.split("=", 1) for tool in options.tool)
    for tool in tools:
        if FIXERS.get(tool, ("",))[0] != options.kind:
            sys.exit(f"{tool}: no fixer of that kind; there are {', '.join(t for t in FIXERS if FIXERS[t][0] == options.kind)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "files"
        folder.mkdir()
        for project in sorted(path for path in options.directory.iterdir() if path.is_dir())[:: options.every]:
            shutil.copytree(project, folder / project.name)
        if options.cache and options.cache.exists():
            before = [collections.Counter(it) if n == 0 else it for n, it in enumerate(json.loads(options.cache.read_text()))]
        else:
            before = [our_findings(options.plimsoll, folder), other_findings(options.kind, options.scanner, folder)]
            if options.cache:
                options.cache.write_text(json.dumps(before))
        print(HEADS[options.kind], "|---" * (HEADS[options.kind].count("|") - 1) + "|", sep="\n", flush=True)
        named_by = {}
        for tool, binary in tools.items():
            binary = str(pathlib.Path(binary).resolve())
            if binary not in named_by:
                named_by[binary] = named_lines(tool, binary, folder) if options.kind == "dockerfile" else {}
            named = named_by[binary]
            verdicts, scratch = measured(options, tool, binary, folder, before, named)
            print(row(tool, options.kind, verdicts), flush=True)
            if options.keep:
                (options.keep / tool).mkdir(parents=True, exist_ok=True)
                (options.keep / tool / "verdicts.json").write_text(json.dumps(verdicts, indent=1))
                shutil.copytree(scratch / "once", options.keep / tool / "once", dirs_exist_ok=True)
            shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
