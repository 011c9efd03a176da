"""What the benchmarks share: programs, a server that is started for one of them, what it uses."""
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/release"
REEVE = BUILD / "src/main/reeve"
BENCH = BUILD / "tests/bench"


def show(name, value):
    print(f"{name:<58} {value}", flush=True)


def command(*arguments, **options):
    return subprocess.run([str(a) for a in arguments], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def timed(*arguments, **options):
    """(seconds, seconds of processor time with all that it started)"""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([str(a) for a in arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_server(data, port, *arguments, before=()):
    start = time.monotonic()
    server = subprocess.Popen([*before, str(REEVE), "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", "--log-level", "error", *arguments])
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1) as answer:
                if answer.status == 200:
                    return server, (time.monotonic() - start) * 1000
        except OSError:
            pass
        if time.monotonic() - start > 30:
            sys.exit("The server did not become ready.")
        time.sleep(0.001)


def call(url, key, body=None):
    request = urllib.request.Request(url, headers={"X-Api-Key": key, "Content-Type": "application/json"}, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def job_ends(base, key, number):
    while (job := call(f"{base}/jobs/{number}", key))["state"] not in ("done", "failed"):
        time.sleep(0.01)
    return job


def wrk(key, url, connections=8, seconds=6):
    """(p99, requests/s) of a page; ends the program if any answer was bad."""
    text = command("wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", f"X-Api-Key: {key}", url)
    if "Non-2xx" in text:
        sys.exit(text)
    return re.search(r"^ +99% +(\S+) *$", text, re.M)[1], re.search(r"Requests/sec:\s+(\S+)", text)[1]


class Postgres:
    """A server of our own in a directory of its own, as in the tests; as root it runs as the user that Debian's package made."""

    def __init__(self, scratch):
        programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.port, directory = free_port(), scratch / "postgresql"
        directory.mkdir()
        prefix = []
        if os.getuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
            scratch.chmod(0o711)
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        command(*prefix, programs / "initdb", "-D", directory / "data", "-U", "reeve", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.server = subprocess.Popen([*prefix, programs / "postgres", "-D", directory / "data", "-p", str(self.port), "-h", "127.0.0.1", "-k", directory],
                                       stderr=subprocess.DEVNULL)
        while subprocess.run(["psql", self.url("postgres"), "-c", "CREATE DATABASE bench"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            time.sleep(0.1)

    def url(self, name):
        return f"postgresql://reeve@127.0.0.1:{self.port}/{name}"

    def stop(self):
        self.server.send_signal(2)
        self.server.wait()


def resident_mib(server):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{server.pid}/status").read_text())[1]) / 1024


def cpu_seconds(server):
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
