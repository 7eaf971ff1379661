#!/usr/bin/env python3
"""Reads forwards that a fake sendmail recorded with Python's own mail parser, and says what is wrong with them.

usage: check_forward.py < LIST     LIST: one JSON line a forward, {"sent", "argv", "original", "sender", "recipients"}

An original that mail can carry as it is must be attached as message/rfc822 with not a byte changed and never encoded;
one that mail cannot carry (NUL, lone CR, lines over 998 bytes) as a file of bytes.

sent is the file that came on standard input, argv the recorded arguments (each ended by NUL), original the file of the
mail that was passed on. Prints one JSON line a fault, {"sent", "fault"}; exit 1 where there is one.
"""
import base64
import email.parser
import email.utils
import hashlib
import json
import sys

ONCE = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
# What a new message of ours may carry. Everything else came from the mail.
OURS = {name.lower() for name in ONCE} | {"content-transfer-encoding", "user-agent", "references", "in-reply-to"}


def transportable(data):
    """Whether a mail server can pass these bytes on unchanged (RFC 5321 4.5.3.1.6, RFC 2045 2.7 and 2.8)."""
    lone = data.replace(b"\r\n", b"\n").count(b"\r")
    return not lone and b"\0" not in data and all(len(line.removesuffix(b"\r")) <= 998 for line in data.split(b"\n"))


def pieces(data, boundary):
    """The parts of a multipart, each as its head (in lower case) and its raw bytes."""
    for piece in data.split(b"\n--" + boundary.encode("ascii"))[1:]:
        if not piece.startswith(b"--"):
            head, _, body = piece.lstrip(b"\r").partition(b"\n\n")
            yield head.lower(), body


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
    # The head alone: the parts are taken apart below, and a bomb nests deeper than the parser can recurse.
    message = email.parser.BytesHeaderParser().parsebytes(data)
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
    if any(byte < 32 and byte not in b"\t\n" or byte > 126 for byte in head):
        yield f"a byte that may not be in a header: {ascii(head)}"
    if not transportable(data):
        yield "mail cannot carry it: NUL, lone CR or a line over 998 bytes"
    if message.get_content_type() != "multipart/mixed" or not message.get_boundary():
        yield f"it is {message.get_content_type()}"
        return
    parts = list(pieces(data, message.get_boundary()))
    if len(parts) != 2 or b"text/plain" not in parts[0][0]:
        yield f"its parts are {[head for head, _ in parts]}"
        return
    head, body = parts[1]
    encoded = b"base64" in head or b"quoted-printable" in head
    if transportable(original):
        if b"message/rfc822" not in head or encoded:
            yield f"the original is attached as {head} (RFC 2046 5.2.1)"
    elif b"application/octet-stream" not in head or b"base64" not in head:
        yield f"the original, which mail cannot carry, is attached as {head}"
    if b"base64" in head:
        body = base64.b64decode(body)
    if hashlib.sha256(body).digest() != hashlib.sha256(original).digest():
        yield f"the original changed: {len(original)} bytes became {len(body)}"


def main():
    found = False
    for line in sys.stdin:
        row = json.loads(line)
        for fault in faults(row):
            found = True
            print(json.dumps({"sent": row["sent"], "fault": fault}))
    sys.exit(1 if found else 0)


main()
