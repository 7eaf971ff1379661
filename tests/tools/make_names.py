#!/usr/bin/env python3
"""Writes a Maildir whose file names look like those of real programs, with every sort of info part.

usage: make_names.py DEST [--rounds N] [FILE_OR_FOLDER ...]

Names: Dovecot, mbsync, offlineimap, procmail, Exim, Courier, mutt, a bare counter, a host with an escaped colon.
Infos: known flags, keywords, unknown flags, an extension, and malformed ones. Every name meets every info once a
round in cur; in new every name stands once without an info and once as mutt leaves it (`:2,S`).
The mails are the `.eml` files given (folders are searched), used in turn, or small ones of our own.
Prints one JSON line a mail: {"place", "name", "base", "info", "sha256", "message_id"}; names are ASCII.
"""
import argparse
import hashlib
import json
import os

INFOS = [
    ":2,", ":2,S", ":2,F", ":2,RS", ":2,FS", ":2,DFPRST",  # known flags in order
    ":2,Sa", ":2,FRSabz",  # Dovecot keywords
    ":2,S,xtra", ":2,FSa,custom",  # an extension after the flags
    ":2,X", ":2,FSX",  # flags that nobody knows, beyond the standard letters
    ":2,SF", ":2,SS",  # out of order, repeated
    "", ":1,exp", ":2", ":2,S:2,F",  # none, experimental, cut, doubled
]


def bases(i, size):
    """The base names that real programs would give to the i-th mail of this size."""
    sec = 1_700_000_000 + i
    return [
        f"{sec}.M{i:06d}P{i % 32768}.mx1,S={size},W={size + 30}",  # Dovecot
        f"{sec}.{i % 32768}_{i}.laptop,U={i + 1}",  # mbsync
        f"{sec}_{i % 9}.{i % 32768}_{i}.laptop,U={i + 1},FMD5=7e33429f656f1e6e9d79b29c3f82c57e",  # offlineimap
        f"{sec}.{i % 32768}_1.host",  # procmail
        f"{sec}.H{i:06d}P{i % 32768}.mon1.example.net",  # Exim
        f"{sec}.M{i}P{i % 32768}V0000000000000801I{i:016X}_0.host,S={size}",  # Courier, maildrop
        f"{sec}.R{(i * 0x9E3779B97F4A7C15) % 2**63}.box",  # mutt
        f"msg.{i:06x}",  # a script
        f"{sec}.P1Q{i}.host\\0728080",  # a host with a port
    ]


def own_mail(i):
    """A small mail, for when no files are given."""
    return (
        f"From: Host {i} <root@host{i}.example>\nTo: oncall@example.net\nSubject: check {i} of the name table\n"
        f"Date: Sun, 22 Nov 2026 07:{i // 60 % 60:02d}:{i % 60:02d} +0000\nMessage-ID: <names.{i}@example.net>\n\n"
        f"Mail number {i}.\n"
    ).encode()


def message_id(data):
    """The first Message-ID without its brackets, or nothing."""
    for line in data.split(b"\n\n", 1)[0].splitlines():
        if line.lower().startswith(b"message-id:"):
            return line.split(b":", 1)[1].strip().strip(b"<>").decode("ascii", "replace")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dest")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("sources", nargs="*")
    args = parser.parse_args()
    files = []
    for source in args.sources:
        if os.path.isfile(source):
            files.append(source)
        for folder, _, names in sorted(os.walk(source)):
            files += [os.path.join(folder, name) for name in sorted(names) if name.endswith(".eml")]
    for place in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(args.dest, place), exist_ok=True)
    number = 0

    def put(place, style, info):
        nonlocal number
        if files:
            with open(files[number % len(files)], "rb") as f:
                data = f.read()
        else:
            data = own_mail(number)
        base = bases(number, len(data))[style]
        path = os.path.join(args.dest, place, base + info)
        with open(path, "xb") as f:
            f.write(data)
        os.utime(path, (1_700_000_000 + number,) * 2)
        row = {"place": place, "name": base + info, "base": base, "info": info}
        print(json.dumps(row | {"sha256": hashlib.sha256(data).hexdigest(), "message_id": message_id(data)}))
        number += 1

    for _ in range(args.rounds):
        for style in range(len(bases(0, 0))):
            for info in INFOS:
                put("cur", style, info)
            put("new", style, "")
            put("new", style, ":2,S")


main()
