#!/usr/bin/env python3
"""What a power cut left of a Maildir and an outbox, judged without dutybox. Run in the folder that holds `mail` and
`state`; see powercut.sh.

usage: check_cut.py before ACKS ACKED
       check_cut.py after ACKS ACKED WAITING ACTS

before  as it lies there: every mail is there and whole, none is empty; what was said to be moved lies in the archive,
        what was said to be queued in the outbox
after   when dutybox was started: besides, every mail is there once, nothing is left in tmp; WAITING (`outbox --json`)
        and ACTS (`journal --json`) say what lies there
"""
import json
import pathlib
import re
import sys

COUNT = 250
when, acks, acked = sys.argv[1], sys.argv[2], int(sys.argv[3])
said = [line.split() for line in pathlib.Path(acks).read_text().splitlines()[:acked]]
bad = []


def body(number):
    return f"this is the body of mail number {number}.\n".encode()


places = {}
for path in pathlib.Path("mail").rglob("*"):
    if not path.is_file() or path.parent.name not in ("new", "cur"):
        continue
    data = path.read_bytes()
    found = re.search(rb"number ([0-9]+)\.\n\Z", data)
    number = int(found.group(1)) if found else -1
    whole = data.startswith(b"From: cron@") and f"Subject: mail {number}\n".encode() in data
    if not whole or not data.endswith(body(number)):
        bad.append(f"{path} is not whole: {len(data)} bytes")
        continue
    places.setdefault(number, []).append(path)
queued = {}
for path in pathlib.Path("state/outbox").glob("*/*"):
    data = path.read_bytes()
    found = re.search(rb"this is the body of mail number ([0-9]+)\.\n", data)
    if path.parent.name == "tmp":
        if when == "after":
            bad.append(f"{path} is left")
    elif not data.startswith(b"X-Dutybox-Outbox: 1\n") or not found:
        bad.append(f"{path} is not whole: {len(data)} bytes")
    else:
        queued.setdefault(int(found.group(1)), []).append(path)

for number in range(COUNT):
    there = places.get(number, [])
    if not there:
        bad.append(f"mail {number} is lost")
    if len(there) > (1 if when == "after" else 2):
        bad.append(f"mail {number} is there {len(there)} times")
for word, number in said:
    number = int(number)
    if word == "moved" and [path.parts[1] for path in places.get(number, [])] != [".Archive"]:
        bad.append(f"mail {number} was said to be moved and lies at {places.get(number)}")
    if word == "queued" and len(queued.get(number, [])) != 1:
        bad.append(f"mail {number} was said to be queued: {queued.get(number)}")

if when == "after":
    if list(pathlib.Path("mail").glob("tmp/*")) + list(pathlib.Path("mail").glob(".Archive/tmp/*")):
        bad.append("something is left in tmp")
    waiting = json.loads(pathlib.Path(sys.argv[4]).read_text())
    waiting = waiting["outbox"] if isinstance(waiting, dict) else waiting
    if len(waiting) != len(queued) or any(mail["state"] != "queued" for mail in waiting):
        bad.append(f"{len(queued)} wait, and it says {[mail['state'] for mail in waiting]}")
    acts = json.loads(pathlib.Path(sys.argv[5]).read_text())
    done = [act for act in acts["acts"] if all(one["failed"] is None for one in act["messages"])]
    archived = sum(len(paths) for paths in places.values() if paths[0].parts[1] == ".Archive")
    for word, count in (("archive", archived), ("forward", len(queued))):
        told = sum(act["deed"] == word for act in done)
        if told != count:
            bad.append(f"{count} lie there, and the journal knows {told} times {word}")
    if acts["damaged"]:
        bad.append(f"damaged: {acts['damaged']}")

for line in bad[:10]:
    print(line)
sys.exit(1 if bad else 0)
