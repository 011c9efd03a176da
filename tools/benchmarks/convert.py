"""Uploads of gigabytes while others poll."""
import http.client
import os
import pathlib
import re
import shutil
import threading
import time

from benchmarks.common import REEVE, show, command, free_port, start_server


def poll_each_second(port, key, path, over, slowest):
    """One client with a connection of its own; what took longest is added to `slowest`, in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    worst = 0
    while not over.wait(1):
        begin = time.monotonic()
        connection.request("GET", path, headers={"X-Api-Key": key})
        answer = connection.getresponse()
        answer.read()
        worst = max(worst, (time.monotonic() - begin) * 1000)
        assert answer.status == 200, answer.status
    slowest.append(worst)


def send_upload(port, key, size, form):
    """Seconds that it took until the server said that all of it is on the disk."""
    head, tail = b"", b""
    if form:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="film.mov"\r\n\r\n'
        tail = b"\r\n--b--\r\n"
    block = os.urandom(1 << 20)
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.putrequest("POST", "/upload/" if form else "/api/v1/uploads?name=film.mov")
    connection.putheader("X-Api-Key", key)
    connection.putheader("Content-Type", "multipart/form-data; boundary=b" if form else "video/quicktime")
    connection.putheader("Content-Length", str(len(head) + size + len(tail)))
    connection.endheaders(head or None)
    for _ in range(size >> 20):
        connection.send(block)
    if tail:
        connection.send(tail)
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (200, 201), answer.status
    return time.monotonic() - begin


def bench_convert(scratch):
    size = int(os.environ.get("REEVE_BENCH_UPLOAD_MIB", "4096")) << 20
    for form in (False, True):
        data = scratch / f"convert-{form}"
        key = command(REEVE, "key", "add", "bench", "--scope", "operate", "--data", data).split()[-1]
        port = free_port()
        server, _ = start_server(data, port)
        over, slowest = threading.Event(), []
        # The time to start and to try the encoders is not what is measured.
        time.sleep(15)
        paths = ("/api/v1/uploads", "/api/v1/conversions", "/api/v1/system", "/api/v1/jobs")
        clients = [threading.Thread(target=poll_each_second, args=(port, key, path, over, slowest)) for path in paths]
        for client in clients:
            client.start()
        try:
            seconds = send_upload(port, key, size, form)
            over.set()
            for client in clients:
                client.join()
            status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
            peak_kib = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
            what = f"convert: {size / 2**30:.1f} GiB {'in a form' if form else 'as a body'}"
            show(f"{what}: resident memory, peak", f"{peak_kib / 1024:.0f} MiB")
            show(f"{what}: slowest of 4 clients' polls", f"{max(slowest):.1f} ms")
            show(f"{what}: until it is on the disk", f"{seconds:.1f} s, {size / 2**20 / seconds:.0f} MiB/s")
        finally:
            over.set()
            server.terminate()
            server.wait()
            shutil.rmtree(data)
