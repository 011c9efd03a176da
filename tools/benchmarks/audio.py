"""Default tracks: edits in place, and a batch of them through a server."""
import shutil
import sys
import time

from benchmarks.common import REEVE, BENCH, show, command, free_port, start_server, call, job_ends


def bench_audio(scratch):
    """Files of 1 GB on the disk that TMPDIR is on."""
    print(command(BENCH / "bench_container", scratch), end="")
    bench_audio_batch(scratch)


def bench_audio_batch(scratch):
    """1,000 small films from the request to the end of the job: another track becomes the default in each, back and forth; and what a webhook waits meanwhile."""
    library, film = scratch / "films", scratch / "film.mkv"
    library.mkdir()
    command("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "sine=f=600:d=1",
            "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "aac", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra",
            "-disposition:a:0", "default", "-disposition:a:1", "0", film)
    for i in range(1000):
        shutil.copy(film, library / f"{i:04}.mkv")
    data, port = scratch / "audio", free_port()
    key = command(REEVE, "key", "add", "bench", "--scope", "admin", "--data", data).split()[-1]
    server, _ = start_server(data, port)
    base = f"http://127.0.0.1:{port}/api/v1"
    try:
        root = call(f"{base}/roots", key, {"path": str(library)})["id"]
        job_ends(base, key, call(f"{base}/roots/{root}/scan", key, {})["job"])
        rates, waits = [], []
        for language in ("fra", "eng", "fra", "eng"):
            start = time.monotonic()
            number = call(f"{base}/audio/batches", key, {"root": root, "policy": {"languages": [language], "prefer_original": False}})["job"]
            for _ in range(5):
                asked = time.monotonic()
                call(f"{base}/webhooks/sonarr", key, {"eventType": "Test", "series": {"id": 1, "title": "Test"}})
                waits.append(1000 * (time.monotonic() - asked))
            job = job_ends(base, key, number)
            rates.append(1000 / (time.monotonic() - start))
            if job["result"]["edited"] != 1000:
                sys.exit(f"The batch edited {job['result']}.")
        show("audio: batch of 1,000 files, request to end, fdatasync each", f"{max(rates):.0f} files/s (best of {len(rates)}; {min(rates):.0f} the slowest)")
        show("audio: answer to a webhook during such a batch", f"{max(waits):.0f} ms (the slowest of {len(waits)})")
    finally:
        server.terminate()
        server.wait()
