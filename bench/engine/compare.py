#!/usr/bin/env python3
"""A host with many containers: `plimsoll scan host` against docker-bench-security, in one run.

usage: compare.py [COUNT…]      (10 and 50 unless told)

PLIMSOLL is the program (target/release/plimsoll), DOCKER_BENCH a checkout of docker-bench-security; without one only plimsoll is measured, and
that is said. DOCKER_BENCH_CHECKS limits it to some of its groups (its -c): what is measured then is less than the whole. Needs an
engine, its client and busybox. Containers are made of busybox, two thirds of them only created, and removed at the end.

CPU seconds are of the program and all it starts, user and system; those of the engine are not in them. plimsoll: the median of RUNS (7),
docker-bench-security: one run, at most LIMIT (900) seconds.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

LABEL = "dev.plimsoll.bench=1"
NAME = f"plimsoll-bench-{os.getpid()}"
VARIED = [
    [], ["--user", "1000"], ["--cap-drop", "ALL"], ["--read-only", "--tmpfs", "/tmp"], ["--pid", "host"], ["--network", "host"],
    ["-p", "80"], ["-v", "/etc:/host:ro"], ["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"],
    ["--security-opt", "no-new-privileges"], ["--security-opt", "seccomp=unconfined"], ["-e", "MODE=production"],
]


def docker(*arguments, **options):
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, **options).stdout


def make_image():
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(f"{root}/bin")
        busybox = subprocess.run(["sh", "-c", "command -v busybox"], check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["cp", busybox, f"{root}/bin/busybox"], check=True)
        for name in ("sh", "sleep", "ps"):
            os.symlink("busybox", f"{root}/bin/{name}")
        tar = subprocess.run(["tar", "-C", root, "--owner=0", "--group=0", "-c", "."], check=True, capture_output=True).stdout
        docker("import", "-c", "ENV PATH=/bin", "-", f"{NAME}:1", input=tar)


def make_containers(start, count):
    for number in range(start, count):
        verb = ["run", "--detach"] if number % 3 == 0 else ["create"]
        options = VARIED[number % len(VARIED)]
        docker(*verb, "--label", LABEL, "--name", f"{NAME}-{number}", *options, f"{NAME}:1", "sleep", "86400")


def clean():
    ids = docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}").decode().split()
    if ids:
        docker("rm", "--force", *ids)
    subprocess.run(["docker", "image", "rm", f"{NAME}:1"], capture_output=True)


def measured(command, limit, **options):
    """CPU seconds and seconds of a program with all it starts; nothing where it takes longer than the limit."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **options)
    while True:
        pid, _, usage = os.wait4(process.pid, os.WNOHANG)
        wall = time.monotonic() - start
        if pid:
            return usage.ru_utime + usage.ru_stime, wall
        if wall > limit:
            os.killpg(process.pid, 9)
            os.wait4(process.pid, 0)
            return None
        time.sleep(0.001)


def main():
    counts = sorted(int(word) for word in sys.argv[1:]) or [10, 50]
    program = os.path.abspath(os.environ.get("PLIMSOLL", "target/release/plimsoll"))
    bench = os.environ.get("DOCKER_BENCH")
    checks = os.environ.get("DOCKER_BENCH_CHECKS")
    runs, limit = int(os.environ.get("RUNS", "7")), int(os.environ.get("LIMIT", "900"))
    if not bench:
        print("docker-bench-security is not measured: DOCKER_BENCH names no checkout")
    others = len(docker("ps", "--all", "--quiet").split())
    try:
        make_image()
        made = 0
        for count in counts:
            make_containers(made, count)
            made = count
            own = [measured([program, "scan", "host", "--format", "json"], 60, cwd="/") for _ in range(runs)]
            cpu, wall = (statistics.median(run[at] for run in own if run) for at in (0, 1))
            print(f"{count} containers ({others} others beside them)")
            print(f"  plimsoll scan host     {cpu:8.3f} s CPU  {wall:8.3f} s wall")
            if not bench:
                continue
            command = ["bash", "docker-bench-security.sh", "-b", "-l", os.devnull] + (["-c", checks] if checks else [])
            theirs = measured(command, limit, cwd=bench)
            if theirs is None:
                print(f"  docker-bench-security  not done after {limit} s")
                continue
            print(f"  docker-bench-security  {theirs[0]:8.3f} s CPU  {theirs[1]:8.3f} s wall{'  (only ' + checks + ')' if checks else ''}")
            print(f"  ratio                  {theirs[0] / cpu:8.0f}        {theirs[1] / wall:8.0f}")
    finally:
        clean()


main()
