#!/usr/bin/env python3
"""Compares plimsoll's Dockerfile syntax with BuildKit's own parser, file by file.

Usage: dockerfile_syntax.py CORPUS [EXAMPLE_BINARY]

CORPUS is a directory that is searched for *.Dockerfile and Dockerfile*. EXAMPLE_BINARY is the built example
`dockerfile_syntax` of plimsoll-lens (default: target/release/examples/dockerfile_syntax). Needs the Python package
`dockerfile` (3.4.0 wraps the parser of BuildKit 0.12.5: the syntax only, not the checks of its dispatcher).
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

import dockerfile


def theirs(text):
    try:
        return [c for c in dockerfile.parse_string(text)], None
    except Exception as error:  # the package raises its own and Go's errors alike
        return None, str(error).split("\n")[0]


def known(command):
    return command.upper() in KEYWORDS


KEYWORDS = set(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()
)


def normal_theirs(command):
    cmd = command.cmd.upper()
    value = list(command.value)
    if not known(cmd):
        return ("?", None, command.start_line, False, [], None, [])
    sub = command.sub_cmd.upper() if command.sub_cmd else None
    if sub and not known(sub):
        sub, value = "?", None
    return (cmd, sub, command.start_line, command.json, list(command.flags), value, [h.name for h in command.heredocs])


def normal_ours(item):
    if item["cmd"] == "?":
        return ("?", None, item["line"], False, [], None, [])
    value = None if item["sub"] == "?" else item["value"]
    return (item["cmd"], item["sub"], item["line"], item["json"], item["flags"], value, item["heredocs"])


def bytewise(flag):
    try:
        return flag.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return flag


def reason(ours, them):
    """Why two lists of instructions differ: a known class, or `unexplained`."""
    for mine, their in zip(ours, them):
        if mine == their:
            continue
        if mine[:3] == their[:3] and their[3] and not mine[3]:
            return "text behind a JSON array: an exec form up to BuildKit 0.12, the shell form since"
        if mine[:4] == their[:4] and mine[5:] == their[5:] and mine[4] == [bytewise(flag) for flag in their[4]]:
            return "a flag beyond ASCII: BuildKit reads flags byte by byte and garbles it"
        if mine[:3] == their[:3] and mine[6] and not their[6]:
            return "`<< NAME` with a space: a heredoc since BuildKit 0.13"
        return "unexplained"
    return "unexplained" if len(ours) != len(them) else None


def main():
    corpus = pathlib.Path(sys.argv[1])
    binary = sys.argv[2] if len(sys.argv) > 2 else "target/release/examples/dockerfile_syntax"
    files = sorted(
        path
        for path in corpus.rglob("*")
        if path.is_file() and (path.name.endswith(".Dockerfile") or path.name.startswith("Dockerfile"))
    )
    reply = subprocess.run([binary], input="\n".join(map(str, files)) + "\n", capture_output=True, text=True, check=True)
    counts, details = collections.Counter(), collections.defaultdict(list)
    instructions = 0
    for line in reply.stdout.splitlines():
        ours = json.loads(line)
        raw = pathlib.Path(ours["path"]).read_bytes()
        text = raw.decode("utf-8", "replace")
        if "\0" in text:
            counts["skipped: holds a NUL byte, which the Python binding cannot pass"] += 1
            continue
        them, error = theirs(text)
        name = str(pathlib.Path(ours["path"]).relative_to(corpus))
        if them is None and ours["faults"]:
            counts["both refuse"] += 1
        elif them is None:
            counts["only they refuse"] += 1
            details["only they refuse: " + re.sub(r'".*"', "…", error)].append(name)
        elif ours["faults"]:
            counts["only we refuse"] += 1
            details["only we refuse: " + ours["faults"][0]].append(name)
        else:
            mine = [normal_ours(item) for item in ours["instructions"]]
            their = [normal_theirs(command) for command in them]
            why = reason(mine, their)
            if why is None:
                counts["both accept, same instructions"] += 1
                instructions += len(mine)
            else:
                counts["both accept, instructions differ"] += 1
                details["differ: " + why].append(name)
                if why == "unexplained" or "-v" in sys.argv:
                    pair = next(((a, b) for a, b in zip(mine, their) if a != b), (len(mine), len(their)))
                    print(name, "\n  ours  ", pair[0], "\n  theirs", pair[1], file=sys.stderr)
    print(f"{len(files)} files")
    for key, count in sorted(counts.items()):
        print(f"{count:6} {key}")
    print(f"{instructions:6} instructions compared equal (keyword, line, flags, value, heredocs)")
    for key, names in sorted(details.items()):
        print(f"  {len(names):4} {key}: {', '.join(names[:4])}{' …' if len(names) > 4 else ''}")


if __name__ == "__main__":
    main()
