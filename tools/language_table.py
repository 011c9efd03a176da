#!/usr/bin/env python3
"""Makes the table of languages (src/media/language_table.h) from what Debian knows about them.

usage: language_table.py --iso-codes DIR --locales DIR --extra languages.txt --output language_table.c

--iso-codes  the JSON files of the package iso-codes: codes and English names of ISO 639-2 and 639-3
--locales    the locale sources of the package locales: what each language calls itself (lang_name in LC_ADDRESS)
--extra      what neither says; its form is described in the file

Names are folded as base/fold.h says; the unit test of media/language folds them again and must find nothing to do.
"""

import argparse
import json
import pathlib
import re
import string
import sys
import unicodedata

PLAIN = {"ß": "ss", "æ": "ae", "ð": "d", "đ": "d", "ø": "o", "þ": "th", "ı": "i", "ł": "l", "œ": "oe"}
APOSTROPHES = "'\u2019\u2018\u02bc"
KINDS = {"und": "LANGUAGE_UNDETERMINED", "zxx": "LANGUAGE_NONE", "mul": "LANGUAGE_MULTIPLE", "mis": "LANGUAGE_UNCODED"}
MAX_NAME_BYTES = 95  # LANGUAGE_MAX_NAME in language_table.h, less the NUL
NO_MACRO = 0xFFFF


def fold(text):
    out = []
    for char in text:
        if char in APOSTROPHES:
            continue
        for part in unicodedata.normalize("NFKD", char):
            if "\u0300" <= part <= "\u036f":
                continue
            part = part.lower()
            part = PLAIN.get(part, part)
            out.append(part if unicodedata.category(part[0])[0] in "LNM" else " ")
    return " ".join("".join(out).split())


def without_parentheses(name):
    return re.sub(r"\s*\([^)]*\)", "", name).strip()


def spellings(name):
    """'Greek, Modern (1453-); Hellenic' -> each part as it stands, without parentheses, and turned round at its comma."""
    for part in name.split(";"):
        part = part.strip()
        for form in (part, without_parentheses(part)):
            yield form
            if form.count(",") == 1:
                last, first = form.split(",")
                yield f"{first.strip()} {last.strip()}"


class Language:
    def __init__(self, code):
        self.code, self.two, self.bibliographic = code, "", ""
        self.display = ""
        self.kind = "LANGUAGE_NORMAL"
        self.macro, self.is_chief = None, False
        self.names = []  # ISO's
        self.in_639_2 = False


def read_iso(directory):
    languages = {}

    def language(code):
        return languages.setdefault(code, Language(code))

    for row in json.loads((directory / "iso_639-2.json").read_text())["639-2"]:
        if row["alpha_3"] == "qaa-qtz":
            for second in string.ascii_lowercase[: string.ascii_lowercase.index("t") + 1]:
                for third in string.ascii_lowercase:
                    local = language(f"q{second}{third}")
                    local.kind, local.display = "LANGUAGE_LOCAL", row["name"]
            continue
        found = language(row["alpha_3"])
        found.in_639_2 = True
        found.two = row.get("alpha_2", "")
        found.bibliographic = row.get("bibliographic", "")
        found.display = without_parentheses(row["name"].split(";")[0])
        found.names += [row["name"], row.get("common_name", "")]
    for row in json.loads((directory / "iso_639-3.json").read_text())["639-3"]:
        found = language(row["alpha_3"])
        found.two = found.two or row.get("alpha_2", "")
        found.display = without_parentheses(row["name"])
        found.names += [row["name"], row.get("inverted_name", ""), row.get("common_name", "")]
    for code, kind in KINDS.items():
        languages[code].kind = kind
    return languages


def read_native_names(directory):
    """[(language code, what it calls itself)], in the order of the files' names."""
    found = []
    for path in sorted(directory.iterdir()):
        section = re.search(r"^LC_ADDRESS(.*?)^END LC_ADDRESS", path.read_text(errors="replace"), re.M | re.S)
        if not section:
            continue
        values = dict(re.findall(r'^(lang_name|lang_term|lang_ab)\s+"(.+)"', section[1], re.M))
        name = re.sub(r"<U([0-9A-F]{4,8})>", lambda match: chr(int(match[1], 16)), values.get("lang_name", ""))
        if name:
            found.append((values.get("lang_term") or values.get("lang_ab"), name))
    return found


def read_extra(path, languages):
    """Applies `show` and `members`; returns {old code: code} and [(code, region, name)]."""
    codes, names = {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        target = words[2] if words[0] == "code" else words[1].split("-")[0]
        if target not in languages:
            sys.exit(f"{path}:{number}: ISO 639 has no language {target}.")
        if words[0] == "code":
            codes[words[1]] = target
        elif words[0] == "members":
            for member in words[2:]:
                if member == "-":
                    continue
                if member not in languages or languages[member].macro:
                    sys.exit(f"{path}:{number}: {member} is no language, or a member of two.")
                languages[member].macro = target
                languages[member].is_chief = member == words[2]
        elif words[0] in ("show", "name"):
            region = (words[1].split("-") + [""])[1]
            names.append((target, region, " ".join(words[2:])))
            if words[0] == "show":
                languages[target].display = names[-1][2]
        else:
            sys.exit(f"{path}:{number}: {words[0]} is none of code, show, name, members.")
    return codes, names


def name_index(languages, native, extra_names):
    """{folded name: (language code, region, is common)}: what is said first stays, so the sources come in order of trust."""
    index = {}

    def add(name, code, region=""):
        key = fold(name)
        if key and len(key.encode()) <= MAX_NAME_BYTES:
            index.setdefault(key, (code, region, is_common(languages[code])))

    for code, region, name in extra_names:
        add(name, code, region)
    ranked = sorted(languages.values(), key=lambda each: (not each.two, not each.in_639_2, each.code))
    for step in ("two", "rest"):
        chosen = [each for each in ranked if bool(each.two) == (step == "two")]
        for each in chosen:
            if each.kind != "LANGUAGE_LOCAL":
                for name in each.names:
                    for form in spellings(name):
                        add(form, each.code)
        for code, name in native:
            if code in languages and bool(languages[code].two) == (step == "two"):
                add(name, code)
    return index


def is_common(language):
    return bool(language.two) or language.kind not in ("LANGUAGE_NORMAL", "LANGUAGE_LOCAL")


class Pool:
    """All strings one after another, so that the table needs no relocations."""

    def __init__(self):
        self.offsets, self.parts, self.length = {}, [], 0

    def offset(self, text):
        if text not in self.offsets:
            self.offsets[text] = self.length
            self.parts.append(text)
            self.length += len(text.encode()) + 1
        return self.offsets[text]

    def c_lines(self):
        for part in self.parts:
            yield '  "' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in part.encode()) + '\\0"'


def key_of(code):
    return int.from_bytes(code.encode().ljust(4, b"\0"), "big")


def write_table(path, languages, codes, names):
    order = sorted(languages)
    position = {code: number for number, code in enumerate(order)}
    pool = Pool()
    pool.offset("")
    code_rows = {key_of(code): position[code] for code in order}
    for each in languages.values():
        for other in (each.two, each.bibliographic):
            if other:
                code_rows.setdefault(key_of(other), position[each.code])
    for old, code in codes.items():
        if key_of(old) in code_rows:
            sys.exit(f"The code {old} is still ISO 639's.")
        code_rows[key_of(old)] = position[code]

    lines = ["/* Made by tools/language_table.py. */", '#include "media/language_table.h"', ""]
    lines.append("const Language language_rows[] = {")
    for code in order:
        each = languages[code]
        macro = position[each.macro] if each.macro else NO_MACRO
        lines.append(
            f'  {{"{code}", "{each.two}", "{each.bibliographic}", {each.kind}, {int(each.is_chief)}, {macro}, '
            f"{pool.offset(each.display)}}},"
        )
    lines += ["};", f"const size_t language_rows_count = {len(order)};", "", "const LanguageCode language_codes[] = {"]
    lines += [f"  {{{key:#x}, {code_rows[key]}}}," for key in sorted(code_rows)]
    lines += ["};", f"const size_t language_codes_count = {len(code_rows)};", "", "const LanguageName language_names[] = {"]
    for key in sorted(names, key=str.encode):
        code, region, common = names[key]
        lines.append(f'  {{{pool.offset(key)}, {position[code]}, {int(common)}, "{region}"}},')
    lines += ["};", f"const size_t language_names_count = {len(names)};", "", "const char language_pool[] ="]
    lines += list(pool.c_lines())
    lines[-1] += ";"
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Makes the table of languages.")
    for option in ("--iso-codes", "--locales", "--extra", "--output"):
        parser.add_argument(option, required=True, type=pathlib.Path)
    options = parser.parse_args()
    languages = read_iso(options.iso_codes)
    native = read_native_names(options.locales)
    if not native:
        sys.exit(f"{options.locales} holds no locale sources; install the package locales.")
    codes, extra_names = read_extra(options.extra, languages)
    write_table(options.output, languages, codes, name_index(languages, native, extra_names))


if __name__ == "__main__":
    main()
