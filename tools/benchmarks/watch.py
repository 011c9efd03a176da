"""Watched roots: at rest, when a file comes, and when thousands do."""
import os
import pathlib
import re
import shutil
import time

from benchmarks.common import REEVE, show, command, free_port, start_server, call, job_ends, resident_mib, cpu_seconds


class Watching:
    """A server that watches one root, which was scanned once."""

    def __init__(self, scratch, name, make_root):
        self.data, self.root = scratch / f"data-{name}", scratch / f"root-{name}"
        self.root.mkdir()
        make_root(self.root)
        self.film = scratch / "film.mkv"
        if not self.film.exists():
            command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=1", "-c:v", "mpeg4", self.film)
        shutil.copy(self.film, self.root / "first.mkv")
        self.key = command(REEVE, "key", "add", "bench", "--scope", "admin", "--data", self.data).split()[-1]
        command(REEVE, "root", "add", self.root, "--data", self.data)
        port = free_port()
        self.base = f"http://127.0.0.1:{port}/api/v1"
        self.server, _ = start_server(self.data, port, "--settle-s", "1")
        self.resident_before = resident_mib(self.server)
        job_ends(self.base, self.key, self.call("roots/1/scan", {})["job"])
        while self.state()["mode"] != "inotify":
            time.sleep(0.1)
        time.sleep(15) # the encoders have been tried

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def call(self, path, body=None):
        return call(f"{self.base}/{path}", self.key, body)

    def state(self):
        return self.call("watches")["items"][0]


def bench_watch_of(scratch, directories):
    """A root with so many directories, watched: what that costs while nothing happens, and how soon a file that has settled has its row."""
    def make(root):
        for i in range(directories // 100):
            for j in range(99):
                (root / str(i) / str(j)).mkdir(parents=True)

    with Watching(scratch, directories, make) as it:
        name = f"watch: {it.state()['directories']:,} directories"
        used, start = cpu_seconds(it.server), time.monotonic()
        time.sleep(20)
        show(f"{name}: idle, of one core", f"{100 * (cpu_seconds(it.server) - used) / (time.monotonic() - start):.2f} %")
        show(f"{name}: resident memory, before and after", f"{it.resident_before:.0f} MiB, {resident_mib(it.server):.0f} MiB")
        took = []
        for i in range(5):
            shutil.copy(it.film, it.root / str(i) / "7" / f"new-{i}.mkv")
            start = time.monotonic()
            while not it.call(f"files?q=new-{i}")["items"]:
                time.sleep(0.01)
            took.append(time.monotonic() - start - 1) # it has settled after the second of the setting
        show(f"{name}: from a settled file to its row, slowest of 5", f"{max(took):.2f} s")


QUEUED_EVENTS = pathlib.Path("/proc/sys/fs/inotify/max_queued_events")


def bench_watch_flood(scratch, queued_events=None):
    """10,000 films that come as fast as they can be written, half of them in directories that come with them. `queued_events`: so
    many events does the kernel keep for this watch, so that most are lost; the kernel asks for its limit when a watch is made."""
    files, name = 10_000, "flood" if queued_events is None else f"flood, {queued_events} events kept"
    usual = QUEUED_EVENTS.read_text()
    if queued_events is not None:
        QUEUED_EVENTS.write_text(str(queued_events))
    try:
        watching = Watching(scratch, name.replace(" ", "-"), lambda root: [(root / str(i)).mkdir() for i in range(50)])
    finally:
        if queued_events is not None:
            QUEUED_EVENTS.write_text(usual)
    with watching as it:
        looked, start = it.state()["looked_at_ms"], time.monotonic()
        for i in range(files):
            directory = it.root / str(i % 100)
            directory.mkdir(exist_ok=True)
            shutil.copy(it.film, directory / f"{i}.mkv")
        written = time.monotonic() - start
        while (found := it.call("roots/1")["file_count"]) < files + 1 and time.monotonic() - start < 600:
            time.sleep(0.1)
        seconds = time.monotonic() - start
        state, failed = it.state(), len(it.call("files?state=failed&limit=500")["items"])
        peak = int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{it.server.pid}/status").read_text())[1]) / 1024
        show(f"watch: {name}: of {files:,} files with a row, failed", f"{found - 1:,}, {failed}")
        show(f"watch: {name}: written in, all rows after", f"{written:.1f} s, {seconds:.1f} s")
        show(f"watch: {name}: resident memory before, its peak", f"{it.resident_before:.0f} MiB, {peak:.0f} MiB")
        show(f"watch: {name}: all looked through again, files that wait", f"{'yes' if state['looked_at_ms'] != looked else 'no'}, {state['waiting']}")


def bench_watch(scratch):
    for directories in (10_000, 100_000):
        bench_watch_of(scratch, directories)
    bench_watch_flood(scratch)
    if os.environ.get("REEVE_BENCH_LOWER_LIMITS"):
        bench_watch_flood(scratch, 64)
