"""The benchmarks that are programs of their own (tests/bench)."""
import os
import subprocess

from benchmarks.common import ROOT, BENCH, command


def bench_probe(scratch):
    media = os.environ.get("REEVE_BENCH_MEDIA")
    if not media:
        media = scratch / "sample"
        maker = ROOT.parent / "shared/corpus/make_corpus.sh"
        if maker.exists():
            command("bash", maker, media, "small", stderr=subprocess.DEVNULL)
            media = media / "lib"
        else:
            command(ROOT / "tools/make-sample", media)
    print(command(BENCH / "bench_probe", media), end="")


def bench_scan(_scratch):
    print(command(BENCH / "bench_scan"), end="")


def bench_queue(_scratch):
    print(command(BENCH / "bench_queue"), end="")
    print(command(BENCH / "bench_backlog"), end="")


def bench_password(_scratch):
    print(command(BENCH / "bench_password"), end="")


def bench_release(_scratch):
    print(command(BENCH / "bench_release"), end="")
