#!/usr/bin/env python3
"""Turns files into a C array of EmbeddedFile, in the order given, so that the program carries them.

usage: embed.py --symbol NAME --source OUT.c --header OUT.h [--base DIRECTORY] FILE...
       embed.py --symbol NAME --source OUT.c --header OUT.h --below DIRECTORY      all files there, by name

OUT.h declares `extern const EmbeddedFile NAME[]; extern const size_t NAME_count;`. A file's name in the array is its path
below --base, or its last component without one. The bytes are followed by a NUL that `length` does not count, so text can be
used as a string.
"""

import argparse
import pathlib

HEADER = """/* Made by tools/embed.py. */
#pragma once

#include "base/embedded.h"

extern const EmbeddedFile {symbol}[];
extern const size_t {symbol}_count;
"""

BYTES_PER_LINE = 24


def c_bytes(data: bytes) -> str:
    lines = []
    for start in range(0, len(data), BYTES_PER_LINE):
        lines.append("  " + ",".join(str(byte) for byte in data[start : start + BYTES_PER_LINE]) + ",")
    lines.append("  0,")
    return "\n".join(lines)


def c_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def main() -> None:
    parser = argparse.ArgumentParser(description="Turns files into a C array.")
    parser.add_argument("--symbol", required=True)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    parser.add_argument("--header", required=True, type=pathlib.Path)
    parser.add_argument("--base", type=pathlib.Path)
    parser.add_argument("--below", type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    if options.below:
        options.base = options.below
        options.files = sorted(path for path in options.below.rglob("*") if path.is_file())

    arrays, rows = [], []
    for number, path in enumerate(options.files):
        data = path.read_bytes()
        name = path.resolve().relative_to(options.base.resolve()).as_posix() if options.base else path.name
        arrays.append(f"static const unsigned char bytes_{number}[] = {{\n{c_bytes(data)}\n}};\n")
        rows.append(f"  {{{c_string(name)}, bytes_{number}, {len(data)}}},")
    rows.append("  {0, 0, 0}, /* an array of none is not C */")

    options.header.write_text(HEADER.format(symbol=options.symbol))
    options.source.write_text(
        f'/* Made by tools/embed.py. */\n#include "{options.header.name}"\n\n'
        + "\n".join(arrays)
        + f"\nconst EmbeddedFile {options.symbol}[] = {{\n"
        + "\n".join(rows)
        + f"\n}};\nconst size_t {options.symbol}_count = {len(options.files)};\n"
    )


if __name__ == "__main__":
    main()
