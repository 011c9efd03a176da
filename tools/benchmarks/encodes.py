"""Encodes: against ffmpeg by hand, in chunks against whole, and how well target quality hits its score."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from benchmarks.common import REEVE, show, command, timed, free_port, start_server, call, job_ends


def bench_encode(scratch):
    """The same ffmpeg command by hand and through the queue, as nice as the queue is by default, taking turns; the best of each."""
    clip = scratch / "clip.mkv"
    command("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=24,noise=alls=6:allf=t", "-f", "lavfi", "-i", "sine",
            "-t", "60", "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p", "-c:a", "aac", clip)
    data = scratch / "data"
    plan = json.loads(command(REEVE, "plan", clip, "--profile", "hevc", "--json", "--data", data))
    plan = plan[0] if isinstance(plan, list) else plan
    plan = plan.get("plan", plan)
    output = scratch / "by-hand.mkv"
    places = {"{input}": f"file:{clip}", "file:{input}": f"file:{clip}", "{output}": f"file:{output}", "file:{output}": f"file:{output}"}
    by_hand = ["nice", "-n", "10", "ffmpeg", *(places.get(a, a) for a in plan["commands"][0]["arguments"])]
    hand, ours = [], []  # the plan above has tried the encoders, and commands remember that
    for turn in range(3):
        output.unlink(missing_ok=True)
        hand.append(timed(*by_hand, env={**os.environ, "SVT_LOG": "1"}))
        library = scratch / f"library{turn}"
        library.mkdir()
        shutil.copy(clip, library / "clip.mkv")
        ours.append(timed(REEVE, "encode", library / "clip.mkv", "--profile", "hevc", "--data", scratch / f"data{turn}"))
    for what, index in (("seconds", 0), ("processor time", 1)):
        best_hand, best_ours = min(it[index] for it in hand), min(it[index] for it in ours)
        show(f"encode: ffmpeg by hand, 60 s of 360p, hevc profile: {what}", f"{best_hand:.2f} s")
        show(f"encode: reeve encode, start to commit: {what}", f"{best_ours:.2f} s")
        show(f"encode: overhead in {what}", f"{100 * (best_ours / best_hand - 1):.1f} %")


def on_cores(cores):
    """What goes before a command to keep all it starts on these cores: a cpuset, where we may make one. The threads of x265 undo what taskset does."""
    base = pathlib.Path("/sys/fs/cgroup/cpuset")
    if not os.access(base / "cgroup.procs", os.W_OK):
        return "taskset", "-c", cores
    group = base / f"reeve-bench-{cores.replace(',', '-')}"
    group.mkdir(exist_ok=True)
    (group / "cpuset.mems").write_text((base / "cpuset.mems").read_text())
    (group / "cpuset.cpus").write_text(cores)
    return "sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"


def encode_clip(scratch, clip, profile, cores, slots):
    """(seconds from the request to the end, bytes, the film) of one encode through a server that has these cores and runners."""
    library, data, port = scratch / "films", scratch / "data", free_port()
    for old in (library, data):
        shutil.rmtree(old, ignore_errors=True)
    library.mkdir()
    film = pathlib.Path(shutil.copy(clip, library / "film.mkv"))
    key = command(REEVE, "key", "add", "bench", "--scope", "admin", "--data", data).split()[-1]
    server, _ = start_server(data, port, "--encode-slots", str(slots), before=on_cores(cores))
    base = f"http://127.0.0.1:{port}/api/v1"
    try:
        number = call(f"{base}/profiles", key, {"name": "bench", "min_saving_percent": 0, "min_bits_per_pixel": 0, **profile})["id"]
        root = call(f"{base}/roots", key, {"path": str(library), "profile": number})["id"]
        job_ends(base, key, call(f"{base}/roots/{root}/scan", key, {})["job"])
        file = call(f"{base}/files?root={root}", key)["items"][0]["id"]
        start = time.monotonic()
        job = job_ends(base, key, call(f"{base}/jobs", key, {"kind": "transcode", "file": file, "force": True})["jobs"][0])
        seconds = time.monotonic() - start
        chunks = call(f"{base}/jobs?parent={job['id']}", key)["items"]
        if job["state"] != "done" or bool(chunks) != (profile["chunking"] == "always"):
            sys.exit(f"The encode ended as {job}, with {len(chunks)} chunks.")
        return seconds, film.stat().st_size, film
    finally:
        server.terminate()
        server.wait()


def similarity(film, clip):
    done = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-i", str(film), "-i", str(clip), "-filter_complex", "[0:v][1:v]ssim", "-f", "null", "-"],
                          check=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    return float(re.search(r"All:([0-9.]+)", done.stderr)[1])


CHUNK_ENCODERS = {"x264": {"codec": "h264", "preset": "veryfast"}, "x265": {"codec": "hevc", "preset": "ultrafast"}, "SVT-AV1": {"codec": "av1", "preset": "10"}}


def bench_chunk(scratch):
    """A film of 120 s (REEVE_BENCH_CHUNK_SECONDS), 1920x1080 (REEVE_BENCH_CHUNK_SIZE) with changes of scene, in two chunks, by each encoder (REEVE_BENCH_CHUNK_ENCODERS): against one runner with one core, and against one run with both."""
    seconds = int(os.environ.get("REEVE_BENCH_CHUNK_SECONDS", "120"))
    size = os.environ.get("REEVE_BENCH_CHUNK_SIZE", "1920x1080")
    clip = scratch / "clip.mkv"
    scenes = [f"{kind}=s={size}:r=24000/1001" for kind in ("testsrc2", "mandelbrot", "gradients", "testsrc")] * 2
    inputs = [word for scene in scenes for word in ("-t", str(seconds / 8), "-f", "lavfi", "-i", scene)]
    joined = "".join(f"[{i}:v]format=yuv420p,setsar=1[s{i}];" for i in range(8)) + "".join(f"[s{i}]" for i in range(8)) + "concat=n=8,noise=alls=5:allf=t[v]"
    command("ffmpeg", "-nostdin", "-v", "error", *inputs, "-f", "lavfi", "-i", "sine", "-filter_complex", joined, "-map", "[v]", "-map", "8", "-t", str(seconds),
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-c:a", "aac", clip)
    for name in os.environ.get("REEVE_BENCH_CHUNK_ENCODERS", ",".join(CHUNK_ENCODERS)).split(","):
        profile = {**CHUNK_ENCODERS[name], "encoders": ["cpu"], "chunk_seconds": seconds // 2}
        one, *_ = encode_clip(scratch, clip, {**profile, "chunking": "never"}, "0", 1)
        both, bytes_both, film = encode_clip(scratch, clip, {**profile, "chunking": "never"}, "0,1", 1)
        ssim_both = similarity(film, clip)
        cut, bytes_cut, film = encode_clip(scratch, clip, {**profile, "chunking": "always"}, "0,1", 2)
        ssim_cut = similarity(film, clip)
        show(f"chunk: {name}, two runners of one core against one", f"{one / cut:.2f}x ({one:.1f} s to {cut:.1f} s)")
        show(f"chunk: {name}, the same against one run with both cores", f"{both / cut:.2f}x ({both:.1f} s to {cut:.1f} s)")
        show(f"chunk: {name}, speed of one run with two cores against one", f"{one / both:.2f}x")
        show(f"chunk: {name}, bytes, and SSIM against one run", f"{100 * (bytes_cut / bytes_both - 1):+.2f} %, {ssim_cut - ssim_both:+.5f}")


# Clips of different character: what moves, what is grainy, drawn, dark, soft, still; by ffmpeg's own sources.
TARGET_CLIPS = {
    "motion": "testsrc2=s=480x270:r=24",
    "zoom": "mandelbrot=s=480x270:r=24:maxiter=400",
    "grain": "testsrc2=s=480x270:r=24,gblur=3,noise=alls=12:allf=t",
    "heavy grain": "testsrc2=s=480x270:r=24,gblur=2,noise=alls=30:allf=t",
    "drawn": "life=s=120x68:r=24:mold=10:ratio=0.2:death_color=#204060:life_color=#e0c080,scale=480:270:flags=neighbor,setsar=1",
    "dark": "mandelbrot=s=480x270:r=24:maxiter=300,eq=brightness=-0.25:contrast=0.5,noise=alls=5:allf=t",
    "soft gradients": "gradients=s=480x270:r=24:speed=0.05:c0=#203050:c1=#c0a080:c2=#507040,noise=alls=2:allf=t",
    "still": "smptehdbars=s=480x270:r=24,noise=alls=4",
    "pan": "mandelbrot=s=960x540:r=24:maxiter=200,crop=480:270:x='mod(n*8,480)':y=120",
}
TARGET_ENCODERS = {"x264": {"codec": "h264", "preset": "medium"}, "x265": {"codec": "hevc", "preset": "fast"}, "SVT-AV1": {"codec": "av1", "preset": "8"}}
TARGET_SCORE, TARGET_SECONDS = 0.97, 3


def ssim(result, source):
    """The SSIM of two whole films, by a program that knows nothing of Reeve."""
    text = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-i", result, "-i", source, "-lavfi", "[0:v][1:v]ssim", "-f", "null", "-"], check=True, text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    return float(re.search(r"SSIM .* All:(\S+)", text)[1])


def bench_target(scratch):
    """Each clip by each encoder through the queue, with a floor of SSIM; what was reached is measured on the whole file that replaced the clip."""
    data, port, originals = scratch / "target", free_port(), scratch / "originals"
    originals.mkdir()
    for name, source in TARGET_CLIPS.items():
        command("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-t", TARGET_SECONDS, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0",
                "-pix_fmt", "yuv420p", originals / f"{name}.mkv")
    key = command(REEVE, "key", "add", "bench", "--scope", "admin", "--data", data).split()[-1]
    server, _ = start_server(data, port)
    base = f"http://127.0.0.1:{port}/api/v1"
    try:
        for encoder, settings in TARGET_ENCODERS.items():
            profile = {"name": encoder, "encoders": ["cpu"], "target_metric": "ssim", "target_score": TARGET_SCORE, "min_saving_percent": 0, "min_bits_per_pixel": 0,
                       "eligible_codecs": ["hevc", "av1"], **settings}
            call(f"{base}/profiles", key, profile)
            library = scratch / encoder
            shutil.copytree(originals, library)
            root = call(f"{base}/roots", key, {"path": str(library), "profile": encoder})["id"]
            job_ends(base, key, call(f"{base}/roots/{root}/scan", key, {})["job"])
            jobs = call(f"{base}/jobs", key, {"kind": "transcode", "root": root, "force": True})["jobs"]
            above, probes = [], []
            for job in (job_ends(base, key, number) for number in jobs):
                name = pathlib.Path(job["title"]).stem
                if job["state"] != "done":
                    sys.exit(f"{encoder}, {name}: {job['error']}")
                found, reached = job["result"]["found"], ssim(library / f"{name}.mkv", originals / f"{name}.mkv")
                above.append(reached - TARGET_SCORE)
                probes.append(found["probes"])
                show(f"target: {encoder}, {name}: SSIM of the whole, quality, probes", f"{reached:.4f}  {found['quality']:g}  {found['probes']}")
            show(f"target: {encoder}: above a floor of {TARGET_SCORE}: least, median, most", f"{min(above):+.4f}  {sorted(above)[len(above) // 2]:+.4f}  {max(above):+.4f}")
            show(f"target: {encoder}: probes: median, most", f"{sorted(probes)[len(probes) // 2]}  {max(probes)}")
    finally:
        server.terminate()
        server.wait()
