#!/usr/bin/env python3
"""Reads forwards that a fake sendmail recorded with Python's own mail parser, and says what is wrong with them.

usage: check_forward.py < LIST     LIST: one JSON line a forward, {"sent", "argv", "original", "sender", "recipients"}

sent is the file that came on standard input, argv the recorded arguments (each ended by NUL), original the file of the
mail that was passed on. Prints one JSON line a fault, {"sent", "fault"}; exit 1 where there is one.
"""
import email
import email.utils
import hashlib
import json
import sys

ONCE = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
# What a new message of ours may carry. Everything else came from the mail.
OURS = {name.lower() for name in ONCE} | {"content-transfer-encoding", "user-agent", "references", "in-reply-to"}


def attached(data, boundary):
    """The raw bytes of the message/rfc822 part and the lines of its own head; None where there is no such part."""
    mark = b"--" + boundary.encode("ascii")
    for piece in data.split(b"\n" + mark)[1:]:
        if piece.startswith(b"--"):
            continue
        head, _, body = piece.lstrip(b"\r").partition(b"\n\n")
        if b"message/rfc822" in head.lower():
            return body, head.lower()
    return None


def faults(row):
    """What is wrong with one forward."""
    with open(row["sent"], "rb") as f:
        data = f.read()
    with open(row["original"], "rb") as f:
        original = f.read()
    with open(row["argv"], "rb") as f:
        argv = f.read().decode().split("\0")[:-1]
    wanted = ["-i", "-f", row["sender"], "--", *row["recipients"]]
    if argv != wanted:
        yield f"argv is {argv}, not {wanted}"
    message = email.message_from_bytes(data)
    if message.defects:
        yield f"defects: {message.defects}"
    for name in ONCE:
        count = len(message.get_all(name, []))
        if count != 1:
            yield f"{count} times {name}"
    for name in message.keys():
        if name.lower() not in OURS:
            yield f"the header {name} is not ours"
    if [address for _, address in email.utils.getaddresses(message.get_all("To", []))] != row["recipients"]:
        yield f"To is {message['To']}"
    if [address for _, address in email.utils.getaddresses(message.get_all("From", []))] != [row["sender"]]:
        yield f"From is {message['From']}"
    if email.utils.parsedate_to_datetime(message["Date"]) is None:
        yield f"Date is {message['Date']}"
    head, _, _ = data.partition(b"\n\n")
    for line in head.split(b"\n"):
        if len(line) > 998 or any(byte < 32 and byte != 9 or byte > 126 for byte in line):
            yield f"a header line of {len(line)} bytes: {ascii(line[:80])}"
    if message.get_content_type() != "multipart/mixed" or not message.get_boundary():
        yield f"it is {message.get_content_type()}"
        return
    kinds = [part.get_content_type() for part in message.get_payload()] if message.is_multipart() else []
    if kinds.count("message/rfc822") != 1:
        yield f"its parts are {kinds}"
    part = attached(data, message.get_boundary())
    if part is None:
        yield "no message/rfc822 part"
        return
    body, part_head = part
    if hashlib.sha256(body).digest() != hashlib.sha256(original).digest():
        yield f"the original changed: {len(original)} bytes became {len(body)}"
    if b"base64" in part_head or b"quoted-printable" in part_head:
        yield "the original was encoded (RFC 2046 5.2.1 forbids that)"


def main():
    found = False
    for line in sys.stdin:
        row = json.loads(line)
        for fault in faults(row):
            found = True
            print(json.dumps({"sent": row["sent"], "fault": fault}))
    sys.exit(1 if found else 0)


main()
