"""A server on a large queue and a large library, under load and at rest."""
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

from benchmarks.common import REEVE, BENCH, show, command, free_port, start_server, call, wrk, Postgres, resident_mib, cpu_seconds


def bench_server(scratch):
    data = scratch / "server"
    key = command(REEVE, "key", "add", "bench", "--scope", "read", "--data", data).split()[-1]
    command(BENCH / "fill_jobs", f"sqlite:{data}/reeve.db", 100000)
    port = free_port()
    starts = []
    for _ in range(5):
        server, ready_ms = start_server(data, port)
        starts.append(ready_ms)
        server.terminate()
        server.wait()
    show("server: start to ready, existing SQLite database (best of 5)", f"{min(starts):.0f} ms")
    # No encoder: the pending jobs of the fill are left alone.
    server = subprocess.Popen([str(REEVE), "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", "--log-level", "error", "--encode-slots", "0"])
    try:
        time.sleep(15)
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        resident_kib = int(re.search(r"VmRSS:\s+(\d+)", status)[1])
        show("server: idle resident memory", f"{resident_kib / 1024:.1f} MiB")
        text = command("wrk", "-t2", "-c32", "-d8s", "--latency", "-H", f"X-Api-Key: {key}", f"http://127.0.0.1:{port}/api/v1/jobs?limit=50")
        show("server: GET /jobs, 50 of 100,000, 32 connections: p99", re.search(r"^ +99% +(\S+) *$", text, re.M)[1])
        show("server: requests/s", re.search(r"Requests/sec:\s+(\S+)", text)[1])
        if "Non-2xx" in text:
            sys.exit(text)
    finally:
        server.terminate()
        server.wait()


def measure_streams(name, server, port, key):
    """200 pages that are left open."""
    request = f"GET /api/v1/events HTTP/1.1\r\nHost: bench\r\nX-Api-Key: {key}\r\n\r\n".encode()
    streams = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    for stream in streams:
        stream.sendall(request)
    if any(b" 200 OK" not in stream.recv(4096) for stream in streams):
        sys.exit("An event stream was refused.")
    before, start = cpu_seconds(server), time.monotonic()
    time.sleep(30)
    show(f"{name}: 200 event streams, idle: of one processor", f"{100 * (cpu_seconds(server) - before) / (time.monotonic() - start):.2f} %")
    show(f"{name}: resident memory with them", f"{resident_mib(server):.0f} MiB")
    for stream in streams:
        stream.close()


def clocked(action):
    begin = time.monotonic()
    result = action()
    return time.monotonic() - begin, result


def poll_often(base, key, over, seconds):
    while not over.wait(0.05):
        seconds.append(clocked(lambda: call(f"{base}/jobs?limit=1", key))[0])


def measure_predictions(name, server, base, key):
    """What transcoding all of it would come to, and how long another page waits meanwhile."""
    for what, ask in (("all", {"profile": "hevc", "root": 1}), ("10,000 files", {"profile": "hevc", "files": list(range(1, 10001))})):
        before, over, polls = resident_mib(server), threading.Event(), [0]
        poller = threading.Thread(target=poll_often, args=(base, key, over, polls))
        poller.start()
        answers = [clocked(lambda: call(f"{base}/predictions", key, ask)) for _ in range(5)]
        over.set()
        poller.join()
        show(f"{name}: POST /predictions of {what}: fastest, slowest of 5", f"{min(t for t, _ in answers):.2f} s  {max(t for t, _ in answers):.2f} s")
        show(f"{name}: the same: looked at, of files", f"{answers[0][1]['looked_at']}  {answers[0][1]['of_files']}")
        show(f"{name}: the same: slowest GET /jobs meanwhile", f"{1000 * max(polls):.0f} ms")
        show(f"{name}: the same: resident memory before and after", f"{before:.0f} MiB  {resident_mib(server):.0f} MiB")


def bench_library_on(scratch, name, database):
    data = scratch / f"library-{name}"
    key = command(REEVE, "key", "add", "bench", "--scope", "read", "--data", data, "--database", database).split()[-1]
    start = time.monotonic()
    command(BENCH / "fill_files", database, 1000000)
    show(f"{name}: 1,000,000 files recorded", f"{time.monotonic() - start:.0f} s")
    port = free_port()
    server = subprocess.Popen([str(REEVE), "serve", "--data", str(data), "--database", database, "--listen", f"127.0.0.1:{port}", "--log-level", "error",
                               "--encode-slots", "0"])
    base = f"http://127.0.0.1:{port}/api/v1"
    try:
        time.sleep(15)
        for query in ("codec=hevc&state=ready", "root=1&container=mp4", "codec=av1&audio_language=deu", "hdr=hdr10&state=ready", "codec=h264&min_size=30000000000",
                      "state=failed&sort=size&descending=true", "codec=hevc&q=film%20999"):
            p99, rate = wrk(key, f"{base}/files?limit=50&{query}")
            show(f"{name}: GET /files?{query}: p99", f"{p99} at {rate} requests/s")
        for path in ("stats", "stats/codecs", "stats/savings?days=365"):
            p99, rate = wrk(key, f"{base}/{path}", connections=4)
            show(f"{name}: GET /{path}: p99", f"{p99} at {rate} requests/s")
        measure_predictions(name, server, base, key)
        show(f"{name}: resident memory after all that", f"{resident_mib(server):.0f} MiB")
        measure_streams(name, server, port, key)
    finally:
        server.terminate()
        server.wait()


def bench_library(scratch):
    bench_library_on(scratch, "SQLite", f"sqlite:{scratch}/library.db")
    postgres = Postgres(scratch)
    try:
        bench_library_on(scratch, "PostgreSQL", postgres.url("bench"))
    finally:
        postgres.stop()
