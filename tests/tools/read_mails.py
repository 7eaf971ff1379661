#!/usr/bin/env python3
"""Reads mails with Python's email package and prints what it sees, one JSON object a line.

Usage: read_mails.py FILE_WITH_PATHS. The lines come in the order of the paths. What Python cannot read is null.
"""

import email
import email.policy
import email.utils
import html.parser
import json
import multiprocessing
import re
import sys
import zlib


class Words(html.parser.HTMLParser):
    """The visible text of a page."""

    def __init__(self):
        super().__init__()
        self.text, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "script", "title")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script", "title")

    def handle_data(self, data):
        if self.hidden <= 0:
            self.text.append(data)


def visible(page):
    words = Words()
    words.feed(page)
    words.close()
    return " ".join(words.text)


def tried(function):
    """The result, or None: Python's readers raise on much that is real mail."""
    try:
        return function()
    except Exception:  # noqa: BLE001
        return None


def field(mail, name):
    """The first field of that name, decoded."""
    value = mail.get(name)
    return None if value is None else " ".join(str(value).split())


def addresses(mail, name):
    value = mail.get(name)
    if value is None:
        return []
    return [[" ".join(a.display_name.split()), a.addr_spec] for a in value.addresses]


def date(mail):
    value = mail.get("Date")
    if value is None or value.datetime is None:
        return None
    moment = value.datetime
    if moment.tzinfo is None:
        import datetime

        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp())


def leaves(part):
    """Leaves and attached messages, those inside attached messages left out."""
    if part.get_content_maintype() == "message":
        yield part
    elif part.is_multipart():
        for child in part.get_payload():
            yield from leaves(child)
    else:
        yield part


# Texts that are files without a name: programs write them, nobody reads them as part of a letter.
FILES = ("text/rfc822-headers", "text/calendar", "text/vcard", "text/x-vcard", "text/css")


def is_attachment(part):
    """Named parts, parts that say so, and all that is no text; a multipart that Python found no parts in is none."""
    kind, whole = part.get_content_maintype(), part.get_content_type()
    if kind == "multipart":
        return False
    named = bool(part.get_filename())
    return named or part.get_content_disposition() == "attachment" or kind != "text" or whole in FILES


def attachment(part):
    content = None
    if part.get_content_maintype() != "message":
        content = part.get_payload(decode=True)
    name = tried(part.get_filename)
    return {
        "name": None if name is None else " ".join(name.split()),
        "type": part.get_content_type(),
        "size": None if content is None else len(content),
        "crc": None if content is None else zlib.crc32(content),
    }


def text(mail):
    body = mail.get_body(("plain", "html"))
    if body is None:
        return None
    content = body.get_content()
    return visible(content) if body.get_content_type() == "text/html" else content


def words(content):
    return None if content is None else " ".join(re.findall(r"[^\W_]+", content.lower()))


def line(reading):
    """One line of JSON; raw bytes that Python kept as surrogates are read as UTF-8."""
    text = json.dumps(reading, ensure_ascii=False)
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "replace")
    return raw.decode("utf-8", "replace")


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    mail = tried(lambda: email.message_from_bytes(raw, policy=email.policy.default))
    if mail is None:
        return line(None)
    parts = tried(lambda: list(leaves(mail)))
    return line(
        {
            "subject": tried(lambda: field(mail, "Subject")),
            "from": tried(lambda: addresses(mail, "From")),
            "to": tried(lambda: addresses(mail, "To")),
            "date": tried(lambda: date(mail)),
            "attachments": tried(lambda: [attachment(part) for part in parts if is_attachment(part)]),
            "words": tried(lambda: words(text(mail))),
        }
    )


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        paths = file.read().splitlines()
    with multiprocessing.Pool() as pool:
        for reading in pool.imap(read, paths, chunksize=16):
            sys.stdout.buffer.write(reading.encode("utf-8") + b"\n")


if __name__ == "__main__":
    main()
