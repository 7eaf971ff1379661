#!/usr/bin/env python3
"""Writes hostile mails, one file each, and hostile.jsonl, which says of each what must hold.

usage: make_hostile.py OUTDIR [--big] [--maildir]

  --big      the largest bombs too (several hundred MB; for a run by hand)
  --maildir  OUTDIR becomes a Maildir: the mails go to OUTDIR/cur as <name>:2, and the list beside it

Every line of hostile.jsonl is {"file", "class", "bytes", "oracles", "note"}. The set is the same on every run.
"""
import argparse
import base64
import json
import os
import quopri

HEAD = b"From: Alertmanager <am@mon.example>\nTo: oncall@example.net\nDate: Sun, 22 Nov 2026 07:00:00 +0000\n"
ESC, ST, BEL = b"\x1b", b"\x1b\\", b"\x07"

# What a mail may carry that a terminal would obey or that a reader would be deceived by.
PAYLOADS = {
    # sequences that a terminal obeys
    "csi_clear": b"A\x1b[2J\x1b[HB",
    "osc52": ESC + b"]52;c;ZWNobyBwd25lZA==" + BEL,
    "osc52_st": ESC + b"]52;c;eA==" + ST,
    "osc0_title": ESC + b"]0;pwned" + BEL,
    "osc8": ESC + b"]8;;http://evil.example/" + ST + b"https://bank.example" + ESC + b"]8;;" + ST,
    "dcs_decrqss": ESC + b'P$q"p' + ST,
    "dcs_tmux": ESC + b"Ptmux;\x1b\x1b]52;c;eA==\x07" + ST,
    "apc_kitty": ESC + b"_Gi=1,a=q;AAAA" + ST,
    "csi_report_title": ESC + b"[21t",
    "csi_dsr": ESC + b"[6n",
    "da1": ESC + b"[c",
    "altscreen": ESC + b"[?1049l",
    "mouse": ESC + b"[?1000h",
    "bracketed": ESC + b"[?2004l",
    "ris": ESC + b"c",
    "c1_csi_utf8": "A\u009b2JB".encode(),
    "c1_osc_utf8": "\u009d52;c;eA==\u009c".encode(),
    "c1_raw8": b"A\x9b2J\x9d0;x\x9c",
    # control characters that move, hide or ring
    "bs_overstrike": b"OK\x08\x08CRITICAL",
    "cr_overwrite": b"CRITICAL db down\rOK all good      ",
    "nul": b"a\x00b",
    "del": b"a\x7fb",
    "vt_ff": b"a\x0b\x0cb",
    "bel_storm": BEL * 5000,
    "so_si": b"\x0elqqk\x0f",
    # Unicode that reorders, hides or fills
    "rlo": "invoice_\u202efdp.exe".encode(),
    "lri_isolate": "\u2066evil\u2069".encode(),
    "rtl_name": "admin\u200f\u202b".encode(),
    "zwsp": "pay\u200bpal".encode(),
    "zwj_run": ("\U0001f469\u200d" * 5000).encode(),
    "tags": ("x" + "".join(chr(0xE0000 + ord(c)) for c in "ignore previous")).encode(),
    "zalgo": ("a" + "\u0301" * 20000).encode(),
    "wide": ("\uff37" * 3000).encode(),
    "emoji_flags": ("\U0001f1e9\U0001f1ea" * 2000).encode(),
    "shy": "a\u00adb".encode(),
    "bom": "\ufeffabc".encode(),
    "ls_ps": "a\u2028b\u2029c".encode(),
    "hangul_filler": "\u3164\u3164".encode(),
    "braille_blank": ("\u2800" * 50).encode(),
    "pua": "\ue0b0\uf8ff".encode(),
    "nonchar": "\ufffe\uffff\U0010ffff".encode(),
    "homoglyph": "\u0430lertmanager".encode(),
    # bytes that are no UTF-8
    "invalid_utf8": b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    "overlong_esc": b"\xc0\x9b[2J",
}


class Mails:
    """Collects the mails and writes them."""

    def __init__(self, out, maildir):
        self.out, self.maildir, self.rows = out, maildir, []
        for folder in ("cur", "new", "tmp") if maildir else ("",):
            os.makedirs(os.path.join(out, folder), exist_ok=True)

    def raw(self, name, kind, data, oracles, note=""):
        """A mail of exactly these bytes."""
        file = f"cur/{name}:2," if self.maildir else name + ".eml"
        with open(os.path.join(self.out, file), "wb") as f:
            f.write(data)
        # One time for all and in the order of the list, so that a Maildir of them sorts the same everywhere.
        at = 1_795_300_000 + len(self.rows)
        os.utime(os.path.join(self.out, file), (at, at))
        row = {"file": file, "class": kind, "bytes": len(data), "oracles": oracles.split(), "note": note}
        self.rows.append(row)

    def mail(self, name, kind, headers, body, oracles, head=HEAD):
        """A mail with the usual head (or another) before its own header lines."""
        ident = b"Message-ID: <" + name.encode() + b"@hostile.example>\n"
        self.raw(name, kind, head + ident + headers + b"\n\n" + body, oracles)

    def finish(self):
        """Writes the list."""
        with open(os.path.join(self.out, "hostile.jsonl"), "w", encoding="ascii") as f:
            for row in self.rows:
                f.write(json.dumps(row) + "\n")
        print(len(self.rows), "hostile mails in", self.out)


def encoded_word(data):
    """RFC 2047, one word however long."""
    return b"=?utf-8?B?" + base64.b64encode(data) + b"?="


def percent(data):
    """RFC 2231 extended value without its charset."""
    return b"".join(b"%%%02x" % byte for byte in data)


def terminal(mails):
    """Every payload in every place of a mail from which it could reach the screen."""
    kind, oracle = "terminal", "no_forbidden_bytes"
    text = b"Subject: s\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
    for name, payload in PAYLOADS.items():
        line = payload.replace(b"\r", b" ").replace(b"\n", b" ")
        bare = line.replace(b'"', b"")
        mails.mail(f"esc-subject-raw-{name}", kind, b"Subject: " + line, b"hello\n", oracle)
        mails.mail(f"esc-subject-ew-{name}", kind, b"Subject: " + encoded_word(payload), b"hello\n", oracle)
        sender = b"From: " + encoded_word(payload) + b" <x@evil.example>\nSubject: s"
        mails.mail(f"esc-from-ew-{name}", kind, sender, b"hello\n", oracle + " address_visible", head=b"")
        mails.mail(f"esc-body-raw-{name}", kind, text + b"8bit", payload + b"\nend\n", oracle + " line_end_visible")
        quoted = quopri.encodestring(payload) + b"\nend\n"
        mails.mail(f"esc-body-qp-{name}", kind, text + b"quoted-printable", quoted, oracle)
        page = b"<p>" + payload + b'</p><a href="http://e/' + bare + b'">x</a><p>end</p>'
        html = b"Subject: s\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64"
        mails.mail(f"esc-html-{name}", kind, html, base64.encodebytes(page), oracle)
        part = b"--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''"
        mixed = b"Subject: s\nContent-Type: multipart/mixed; boundary=b"
        mails.mail(
            f"esc-filename-{name}", kind, mixed, part + percent(line[:600]) + b"\n\nx\n--b--\n", oracle + " safe_filename"
        )
        charset = b'Subject: s\nContent-Type: text/plain; charset="' + bare[:200] + b'"'
        mails.mail(f"esc-charset-{name}", kind, charset, b"x\n", oracle)
    entities = b"<p>&#27;[2J&#x9b;2J&#155;1m&#8238;abc&#0;&#xD800;&#x110000;</p>"
    mails.mail("html-entities", kind, b"Subject: s\nContent-Type: text/html", entities, oracle)


def injection(mails):
    """Headers that would add headers of their own to a forward or reply."""
    bad_name = b"=?utf-8?Q?a=0D=0ABcc:_evil@x?= <a@b>"
    cases = {
        "subj": b"Subject: =?utf-8?Q?x=0D=0ABcc:_evil@x?=",
        "subj_lf": b"Subject: =?utf-8?Q?x=0AX-Evil:_1?=",
        "from": b"From: " + bad_name + b"\nSubject: s",
        "replyto": b"Subject: s\nReply-To: " + bad_name,
        "mid": b"Message-ID: <a@b>\r\x00\nSubject: s",
        "refs": b"Subject: s\nReferences: " + b" ".join(b"<%d@x>" % i for i in range(20000)),
    }
    for name, headers in cases.items():
        mails.mail("inject-" + name, "header-injection", headers, b"hello\n", "forward_has_no_new_header")


def addresses(mails):
    """Reply addresses that would become options or shell words."""
    cases = {
        "dash": b"-oQ/tmp/x",
        "dashX": b"-X/tmp/pwn@x",
        "pipe": b'"|touch /tmp/pwn"@x',
        "backtick": b'"`touch /tmp/pwn`"@x',
        "dollar": b"$(touch${IFS}/tmp/pwn)@x",
        "semicolon": b"a;touch /tmp/pwn@x",
        "space": b'"a b"@x',
        "nul": b"a\x00b@x",
        "quote": b'"a\\"b"@x',
        "newline": b'"a\n b"@x',
        "long": b"a" * 70000 + b"@x",
        "idn": "ü@пример.рф".encode(),
        "percent": b"a%b@x",
        "route": b"@h1,@h2:a@x",
        "empty": b"<>",
        "group": b"undisclosed-recipients:;",
    }
    for name, address in cases.items():
        headers = b"Reply-To: " + address + b"\nSubject: s"
        mails.mail("addr-" + name, "argv-injection", headers, b"hello\n", "argv_is_exact no_shell")


def nested_messages(levels):
    """Attached messages within attached messages."""
    return b"Content-Type: message/rfc822\n\n" * levels + b"Subject: deep\n\nhi\n"


def nested_multiparts(levels):
    """Multiparts within multiparts."""
    return b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(levels)) + b"\nhi\n"


def bombs(mails, big):
    """Small mails that cost much: depth, numbers, lengths."""
    kind = "mime-bomb"

    def many(normal, large):
        return large if big else normal

    # 40,000 levels overflow a stack of 2 MiB when a tree of them is dropped recursively.
    for levels in (50, 500, 8000, 40000) + ((400000,) if big else ()):
        mails.raw(f"bomb-rfc822-{levels}", kind, nested_messages(levels), "no_abort under_2s nesting_cut_shown")
    for levels in (50, 500, 8000) + ((40000, 400000) if big else ()):
        mails.raw(f"bomb-multipart-{levels}", kind, nested_multiparts(levels), "no_abort under_2s")
    parts = b"Subject: p\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * many(100_000, 1_000_000)
    mails.raw("bomb-parts", kind, HEAD + parts + b"--b--\n", "under_2s part_cap_shown")
    fields = b"".join(b"X-%d: a\n" % i for i in range(many(100_000, 1_000_000)))
    mails.raw("bomb-headers", kind, fields + b"Subject: h\n\nx\n", "under_2s")
    line = b"Subject: " + b"A" * many(5_000_000, 100_000_000)
    mails.raw("bomb-headerline", kind, line + b"\n\nx\n", "under_2s rss_under_512M")
    params = b"".join(b"; p%d*%d=a" % (i, i) for i in reversed(range(many(20_000, 100_000))))
    note = "quadratic in a parser that collects RFC 2231 pieces without a limit (CVE-2026-27859 class)"
    mails.raw("bomb-rfc2231", kind, b"Subject: s\nContent-Type: text/plain" + params + b"\n\nx\n", "under_2s", note)
    mails.raw("bomb-groups", kind, b"Subject: s\nTo: " + b"a:;" * 100_000 + b"\n\nx\n", "under_2s", "CVE-2021-3181 class")
    everyone = b",".join(b"a%d@b" % i for i in range(100_000))
    mails.raw("bomb-addresses", kind, b"Subject: s\nTo: " + everyone + b"\n\nx\n", "under_2s", "CVE-2024-23184 class")
    blob = base64.b64encode(b"A" * many(4_000_000, 60_000_000))
    mails.raw("bomb-b64line", kind, HEAD + b"Subject: b\nContent-Transfer-Encoding: base64\n\n" + blob + b"\n", "under_2s")
    body = HEAD + b"Subject: l\n\n"
    mails.raw("bomb-longline", kind, body + b"x" * many(8_000_000, 100_000_000) + b"\n", "under_2s scroll_ok")
    mails.raw("bomb-manylines", kind, body + b"x\n" * many(1_000_000, 10_000_000), "under_2s scroll_ok")
    tables = b"<table><tr><td>" * 100_000 + b"x"
    mails.raw("bomb-html", kind, HEAD + b"Subject: h\nContent-Type: text/html\n\n" + tables, "under_2s no_abort")
    mails.raw("bomb-encwords", kind, b"Subject: " + b"=?utf-8?Q?=41?= " * 200_000 + b"\n\nx\n", "under_2s")


def structure(mails):
    """MIME and header syntax as it should not be."""

    def mixed(boundary):
        return b'Subject: s\nContent-Type: multipart/mixed; boundary="' + boundary + b'"\n\n'

    twice = b"From: real@good.example\nFrom: evil@bad.example\nSubject: a\nSubject: b\n"
    twice += b"Date: Mon, 1 Jan 2024 00:00:00 +0000\nDate: Tue, 2 Jan 2024 00:00:00 +0000\n\nx\n"
    inner = b"--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\ny\n--b\n\nz\n--b--\n"
    cases = {
        "empty-boundary": mixed(b"") + b"--\nx\n----\n",
        "no-end": mixed(b"b") + b"--b\n\nx\n",
        "prefix": mixed(b"b") + inner,
        "same-nested": (mixed(b"b") + b"--b\n") * 3 + b"\nx\n--b--\n",
        "space": mixed(b"b ") + b"--b \n\nx\n--b --\n",
        "8bit": mixed(b"\xff\xfe") + b"--\xff\xfe\n\nx\n",
        "two-ct": b"Content-Type: text/plain\nContent-Type: text/html\nSubject: s\n\n<b>x</b>\n",
        "two-from": twice,
        "no-headers": b"\nbody only\n",
        "only-headers": b"Subject: x\nFrom: a@b",
        "empty": b"",
        "one-nul": b"\0",
        "from-line": b"From x@y Sun Nov 22 00:00:00 2026\nSubject: s\n\nx\n",
        "cr-only": b"Subject: s\rFrom: a@b\r\rx\r",
        "mixed-eol": b"Subject: s\r\nFrom: a@b\n\r\nx\r\n.\r\n",
        "dotline": b"Subject: s\n\n.\nafter\n..\n",
        "bare-lf-smuggle": b"Subject: s\r\n\r\nx\n.\nMAIL FROM:<e@x>\r\n.\r\n",
        "binary": bytes(range(256)) * 500,
        "space-colon": b"Subject : s\nFrom : a@b\n\nx\n",
        "fold-start": b" Subject: s\nFrom: a@b\n\nx\n",
        "nul-header": b"Sub\0ject: s\nFrom: a\0@b\n\nx\n",
        "unknown-cte": b"Subject: s\nContent-Transfer-Encoding: x-evil\n\nx\n",
        "bad-charset": b"Subject: s\nContent-Type: text/plain; charset=x-none\n\n\xe4\xf6\n",
        "utf7": b"Subject: s\nContent-Type: text/plain; charset=utf-7\n\n+ABsAWw-2J\n",
        "iso2022": b'Subject: s\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$"\x1b(B\x1b[2J\n',
        "utf16": b"Subject: s\nContent-Type: text/plain; charset=utf-16\n\n" + "x\x1b[2J".encode("utf-16"),
    }
    for name, data in cases.items():
        mails.raw("mime-" + name, "malformed", data, "listed no_abort no_forbidden_bytes")


def attachments(mails):
    """Attachment names that would leave the folder, overwrite, hide or run."""
    cases = {
        "dotdot": "../../../../etc/cron.d/x",
        "abs": "/etc/passwd",
        "win": "..\\..\\x.bat",
        "nulname": "a\0.txt",
        "dash": "-rf",
        "dot": ".",
        "dotdot2": "..",
        "empty": "",
        "hidden": ".bashrc",
        "long": "a" * 5000 + ".txt",
        "slash": "a/b/c",
        "tilde": "~/.ssh/authorized_keys",
        "newline": "a\nb",
        "ctrl": "a\x1b[2Jb",
        "rlo": "cod\u202egnp.exe",
        "device": "/dev/stdout",
        "percent": "%2e%2e%2fx",
        "star": "*",
        "dupe": "same.txt",
        "surrogate": "x\udcff",
    }
    binary = b"--b\nContent-Type: application/octet-stream"
    second = binary + b'; name="same.txt"\nContent-Disposition: attachment; filename="same.txt"\n\nDATA2\n--b--\n'
    for name, filename in cases.items():
        named = b"\nContent-Disposition: attachment; filename*=utf-8''" + percent(filename.encode("utf-8", "surrogateescape"))
        body = b"--b\nContent-Type: text/plain\n\nsee\n" + binary + named + b"\n\nDATA\n" + second
        headers = b"Subject: a\nContent-Type: multipart/mixed; boundary=b"
        mails.mail("att-" + name, "path-traversal", headers, body, "saved_inside_dir no_overwrite 0600")


def dates(mails):
    """Date headers that are no date, or none that should be believed."""
    cases = [
        "Thu, 32 Foo 99999 99:99:99 +9999",
        "Mon, 1 Jan 0000 00:00:00 +0000",
        "Mon, 1 Jan 1600 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 -9999",
        "1 Jan 300000000000 00:00:00",
        "Mon, 31 Feb 2024 25:61:61 +0000",
        "",
        "-1",
        "Sat, 01 Jan 2050 00:00:00 +0000",
        "Thu, 1 Jan 1970 00:00:00 +0000 (" + "(" * 500,
        "Tue, 19 Jan 2038 03:14:08 +0000",
        "Sun, 22 Nov 2026 07:00:00 Europe/Berlin",
    ]
    for number, date in enumerate(cases):
        data = b"From: a@b\nSubject: d\nDate: " + date.encode() + b"\n\nx\n"
        mails.raw(f"date-{number:02d}", "date", data, "listed sort_stable future_not_pinned")


def spoofs(mails):
    """Senders and headers that pretend."""
    fake = b"\nSubject: [FIRING:1] fake"
    cases = {
        "to_spoof": b"From: x@evil.example\nTo: pager-critical@example.net\nDelivered-To: oncall@example.net" + fake,
        "dn_addr": b'From: "alertmanager@mon.example" <x@evil.example>' + fake,
        "dn_brackets": b'From: "Alertmanager <am@mon.example>" <x@evil.example>\nSubject: s',
        "mailsploit_nul": b"From: =?utf-8?b?YW1AbW9uLmV4YW1wbGU=?==?utf-8?Q?=00?==?utf-8?b?YW1AbW9uLmV4YW1wbGU=?="
        b"@evil.example\nSubject: s",
        "mailsploit_lf": b"From: =?utf-8?Q?am=40mon.example=0A=0A?= <x@evil.example>\nSubject: s",
        "two_addr_from": b"From: am@mon.example, x@evil.example\nSubject: s",
        "no_from": b"Subject: s",
        "from_group": b"From: Alerts: am@mon.example;\nSubject: s",
        "dup_delivered": b"Delivered-To: x\nDelivered-To: y\nFrom: a@b\nSubject: s",
        "fake_ar": b"Authentication-Results: example.net; dkim=pass header.d=mon.example\nFrom: am@mon.example\nSubject: s",
        "dup_mid": b"Message-ID: <same@x>\nFrom: a@b\nSubject: s1",
        "fake_list": b"List-Id: <alerts.example.net>\nX-Alert-Severity: critical\nFrom: x@evil.example\nSubject: s",
        "resolved_fake": b'From: "Alertmanager" <x@evil.example>\nSubject: [RESOLVED] DiskFull (db-1 critical)',
    }
    for name, headers in cases.items():
        oracles = "rule_matches_address_not_name warning_shown"
        mails.raw("spoof-" + name, "spoof", headers + b"\n\nbody\n", oracles)


def pages(mails):
    """HTML that would fetch, deceive or hide."""
    cases = {
        "tracking": b'<img src="http://t.example/p.gif?id=1" width=1 height=1><link rel=stylesheet href=http://t/x.css>'
        b'<meta http-equiv=refresh content="0;url=http://t/">',
        "linktext": b'<a href="http://evil.example/">https://grafana.example.net/d/1</a>',
        "userinfo": b'<a href="https://grafana.example.net@evil.example/">x</a>',
        "js": b'<a href="javascript:alert(1)">x</a><a href="file:///etc/passwd">y</a><a href="ssh://-oProxyCommand=x">z</a>',
        "hidden": b'<div style="display:none">[RESOLVED]</div><p style="font-size:0">OK</p>CRITICAL',
        "script": b"<script>OK</script><style>x</style><title>t</title>visible",
        "punycode": b'<a href="https://xn--80ak6aa92e.com/">apple</a>',
    }
    for name, page in cases.items():
        body = b"<html><body>" + page + b"</body></html>\n"
        oracles = "no_network real_target_shown"
        mails.mail("html-" + name, "html", b"Subject: s\nContent-Type: text/html", body, oracles)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--big", action="store_true")
    parser.add_argument("--maildir", action="store_true")
    args = parser.parse_args()
    mails = Mails(args.out, args.maildir)
    terminal(mails)
    injection(mails)
    addresses(mails)
    bombs(mails, args.big)
    structure(mails)
    attachments(mails)
    dates(mails)
    spoofs(mails)
    pages(mails)
    mails.finish()


main()
