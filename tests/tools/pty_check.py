#!/usr/bin/env python3
"""Runs a command in a pseudo terminal, drives it by keys, and fails on any output that is not on the allow list.

usage: pty_check.py [--rows R] [--cols C] [--start KEYS] [--each KEYS --times N] [--end KEYS]
                    [--seen DIR] [--copies] [--dump FILE] -- COMMAND ARGUMENTS...

Keys are characters or names in angle brackets: <CR> <ESC> <TAB> <UP> <DOWN> <LEFT> <RIGHT> <PGUP> <PGDN> <HOME> <END>
<SPACE> <LT> <C-x>. Two more are no keys: <WAIT> waits until the program has said nothing for half a second; <SEEN>
waits until one more file of DIR/cur carries the flag S than at the <SEEN> before, which is how a walk through many
messages knows that each was opened.

--start  keys before the walk, --each keys of one step, --times how often, --end keys that end the program
--answer the program must answer each key of the walk (draw something) within its patience; how long the slowest took
         is reported, in seconds
--early  the walk begins as soon as anything was drawn, without waiting until the program is quiet
--address-space N  the program may use so many MiB of address space (ulimit -v)
--copies lets OSC 52 pass, with a text that is itself clean
--hang-up  after the start keys the terminal goes away; the program must end by itself, with 129 (SIGHUP)
--plain  the command draws no screen and takes no keys: colours and line ends alone may come

The allow list is short while the walk runs: cursor moves, colours, clearing, synchronised output. Modes (alternate
screen, mouse, paste, title), questions to the terminal and line feeds may come only before the first and after the last
key. So a mail that carries such a sequence itself is found out even where the program uses the same one. Of titles only
the program's own may come during the walk: their text is clean, and they end in its name.

Prints one JSON line; `rss` in it is the most memory that the program held, in MiB. Exit: 0 clean, 1 forbidden output,
2 terminal not restored, 3 the program ended wrongly or not at all, 4 the walk stuck, 64 wrong usage.
"""
import argparse
import base64
import fcntl
import json
import os
import re
import resource
import select
import signal
import struct
import sys
import termios
import time
import unicodedata

# Escape as terminals write it that tell it from the beginning of a sequence: a lone \x1b that is read together with the
# next key is that key with Alt, and nobody here can tell when the program has read it (what is written to the master of a
# pseudo terminal reaches the queue of its slave some time later).
NAMED = {
    "CR": "\r", "ESC": "\x1b[27u", "TAB": "\t", "UP": "\x1b[A", "DOWN": "\x1b[B", "RIGHT": "\x1b[C", "LEFT": "\x1b[D",
    "PGUP": "\x1b[5~", "PGDN": "\x1b[6~", "HOME": "\x1b[H", "END": "\x1b[F", "SPACE": " ", "LT": "<",
}  # fmt: skip

# What may come at any time: synchronised output, cursor on and off, colours, cursor moves, clearing, scrolling.
DRAWING = rb"\x1b\[\?(?:25|2026)[hl]|\x1b\[[0-9;:]*m|\x1b\[[0-9;]*H|\x1b\[[0-9]*[ABCDEFGJKSTXd]|\x1b\[[0-9;]*r|\x1b\[[0-6] q"
# What may come only before the first and after the last key.
SETUP = rb"\x1b\[\?(?:7|1000|1002|1003|1004|1005|1006|1015|1049|2004)[hl]|\x1b\[[<>=]?[0-9;]*u|\x1b\[\?u|\x1b\[6n|\x1b\[c|\x1b[78]|\r|\n"
TITLE = rb"\x1b\][012];[ -~\x80-\xff]*(?:\x07|\x1b\\)|\x1b\[2[23](?:;[0-9]+)*t"
# The title that the program itself gives the window while it runs: its text is clean, and its end is ours.
OWN_TITLE = re.compile(rb"(?:\x1b\[22;0t)?\x1b\]0;([^\x00-\x1f\x7f]*)(?<=dutybox)\x07")
# What a command writes that draws no screen.
PLAIN = rb"\x1b\[[0-9;:]*m|\r\n|\n"
COPY = re.compile(rb"\x1b\]52;[cps]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")

# Characters that reorder, hide, fill or control: they must arrive as visible marks.
FORBIDDEN = (
    set(range(0x20)) | set(range(0x7F, 0xA0)) | set(range(0x2028, 0x202F)) | set(range(0x2060, 0x2070))
    | set(range(0xE000, 0xF900)) | set(range(0xFFF0, 0xFFFC)) | set(range(0xE0000, 0xE0080)) | set(range(0xDC80, 0xDD00))
    | {0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, 0x200E, 0x200F, 0x3164}
    | {0xFEFF, 0xFFA0, 0xFFFE, 0xFFFF}
)  # fmt: skip
BAD = re.compile("[" + "".join(re.escape(chr(c)) for c in sorted(FORBIDDEN)) + "]")
COMBINING = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]{9,}")


def usage(message):
    print("pty_check.py:", message, file=sys.stderr)
    sys.exit(64)


def keys(text):
    """The keys of a script, each as what is written to the terminal or as `<WAIT>` or `<SEEN>`."""
    found = []
    for token in re.findall(r"<[A-Za-z][A-Za-z0-9-]*>|.", text):
        name = token[1:-1] if len(token) > 1 else ""
        if token in ("<WAIT>", "<SEEN>"):
            found.append(token)
        elif re.fullmatch(r"C-[a-z]", name):
            found.append(chr(ord(name[2]) - 96))
        elif name:
            found.append(NAMED.get(name) or usage(f"no such key: {token}"))
        else:
            found.append(token)
    return found


def forbidden(text):
    """What of a text must not reach a terminal: the character's number and what stands around it."""
    bad = {}
    for match in BAD.finditer(text):
        where = text[max(0, match.start() - 20) : match.end() + 20]
        bad.setdefault(f"U+{ord(match.group()):04X}", (match.start(), ascii(where)))
    run = COMBINING.search(text)
    if run and all(unicodedata.combining(c) for c in run.group()):
        bad["combining run"] = (run.start(), str(len(run.group())))
    return bad


PIECE = 4 << 20


class Run:
    """The command in its terminal, and all that it wrote."""

    def __init__(self, args):
        self.args = args
        self.out = bytearray()
        self.pressed = []  # (offset of the output, step of the walk, key), for blame
        self.status = None
        self.slow = []
        self.rss = 0
        self.answered = 0.0
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", args.rows, args.cols, 0, 0))
        self.before = termios.tcgetattr(slave)
        # The slave stays open here, so that its settings can be looked at when the program has ended.
        self.slave = slave
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(slave, fd)
            os.closerange(3, 256)
            os.environ["TERM"] = "xterm-256color"
            if args.address_space:
                limit = args.address_space << 20
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            try:
                os.execvp(args.command[0], args.command)
            except OSError as error:
                os.write(2, f"{args.command[0]}: {error}\n".encode())
            os._exit(127)

    def pump(self, seconds):
        """Reads what comes within that time; says whether something came. Notes when the program has ended."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            data = os.read(self.master, 1 << 16)
            self.out += data
            # A terminal answers questions; only the program itself may ask them, before the first key.
            if b"\x1b[6n" in data:
                os.write(self.master, b"\x1b[1;1R")
            if b"\x1b[c" in data:
                os.write(self.master, b"\x1b[?62;22c")
        if self.status is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.status, self.rss = status, usage.ru_maxrss >> 10
        return bool(ready)

    def settle(self, first, quiet, limit=5.0):
        """Waits for output for `first` seconds, then until none came for `quiet` seconds."""
        end = time.monotonic() + limit
        if self.pump(first):
            while time.monotonic() < end and self.pump(quiet):
                pass

    def seen(self):
        """How many mails carry the flag S."""
        names = os.listdir(os.path.join(self.args.seen, "cur"))
        return sum("S" in name.partition(":2,")[2].partition(",")[0] for name in names)

    def unread(self):
        """How many bytes the program has not read yet."""
        return struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0" * 4))[0]

    def press(self, step, key):
        """Presses one key or waits; says whether the walk may go on."""
        if key == "<WAIT>":
            self.settle(2.0, 0.5)
        elif key == "<SEEN>":
            started = time.monotonic()
            while self.seen() <= self.last_seen:
                self.pump(0.01)
                if self.status is not None or time.monotonic() - started > self.args.patience:
                    return False
            self.last_seen = self.seen()
            self.settle(0.05, 0.02)
            took = time.monotonic() - started
            if took > 2.0:
                self.slow.append((step, round(took, 1)))
        else:
            self.pressed.append((len(self.out), step, key))
            os.write(self.master, key.encode())
            if self.args.answer and step:
                started, size = time.monotonic(), len(self.out)
                while len(self.out) == size and self.status is None:
                    self.pump(0.005)
                    if time.monotonic() - started > self.args.patience:
                        return False
                self.answered = max(self.answered, time.monotonic() - started)
            # No faster than the program reads.
            started = time.monotonic()
            while self.status is None and self.unread():
                if time.monotonic() - started > self.args.patience:
                    return False
                self.pump(0.002)
            self.settle(0.06, 0.015)
        return self.status is None

    def drive(self):
        """Presses all keys; gives the offsets of the walk in the output, and where it stuck."""
        args = self.args
        self.last_seen = self.seen() if args.seen else 0
        if args.early:
            self.pump(5.0)
            self.settle(5.0, 0.02, 0.1)
        elif not args.plain:
            self.settle(5.0, 0.5)
        begin, stuck = len(self.out), None
        if args.plain:
            # It ends by itself.
            deadline = time.monotonic() + args.patience
            while self.status is None and time.monotonic() < deadline:
                self.pump(0.05)
        script = [(0, key) for key in keys(args.start)]
        each = keys(args.each)
        script += [(step + 1, key) for step in range(args.times) for key in each]
        for step, key in script:
            if not self.press(step, key):
                stuck = {"step": step, "key": key, "ended": self.status is not None}
                break
        self.settle(0.1, 0.1)
        end = len(self.out)
        for key in keys(args.end):
            if self.status is None:
                self.pressed.append((len(self.out), -1, key))
                os.write(self.master, key.encode())
                self.settle(0.1, 0.05)
        deadline = time.monotonic() + 10
        while self.status is None and time.monotonic() < deadline:
            self.pump(0.05)
        killed = self.status is None
        if killed:
            os.kill(self.pid, signal.SIGKILL)
            _, self.status, usage = os.wait4(self.pid, 0)
            self.rss = usage.ru_maxrss >> 10
        while self.pump(0.05) and len(self.out) < 1 << 30:
            pass
        return begin, end, stuck, killed

    def hang_up(self):
        """Takes the terminal away; says how the program ended."""
        self.settle(5.0, 0.5)
        for key in keys(self.args.start):
            self.press(0, key)
        os.close(self.slave)
        os.close(self.master)
        deadline = time.monotonic() + 10
        pid = 0
        while not pid and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            time.sleep(0.02)
        if not pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            print(json.dumps({"killed": True, "exit": None}))
            return 3
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps({"killed": False, "exit": code}))
        return 0 if code == 129 else 3

    def blame(self, offset):
        """The step and key after which this place of the output came."""
        last = None
        for at, step, key in self.pressed:
            if at > offset:
                break
            last = {"step": step, "key": ascii(key)}
        return last

    def scan(self, begin, end):
        """Everything forbidden in the output."""
        drawing, everything = re.compile(DRAWING), re.compile(b"|".join((DRAWING, SETUP, TITLE)))
        if self.args.plain:
            drawing = everything = re.compile(PLAIN)
        bad = []
        # A program that ended during the walk wrote its farewell there; that is reported as stuck, not as dirt.
        parts = [(0, begin, everything), (begin, end, everything if self.args.modes else drawing), (end, len(self.out), everything)]
        for start, stop, allowed in parts:
            low = start
            while low < stop:
                # In pieces, so that a long walk fits in memory; cut before a sequence, never within one.
                cut = stop if stop - low <= PIECE else self.out.rfind(b"\x1b[", low + 1, low + PIECE)
                high = cut if cut > low else min(stop, low + PIECE)
                bad += self.scan_piece(low, bytes(self.out[low:high]), allowed)
                low = high
        return bad

    def scan_piece(self, low, piece, allowed):
        """Everything forbidden in a piece of the output that begins at `low`."""

        def blank(match):
            return b" " * len(match.group())

        bad = []
        if self.args.copies:
            for copy in COPY.finditer(piece):
                text = base64.b64decode(copy.group(1) + b"==").decode("utf-8", "surrogateescape")
                for what, (_, where) in forbidden(text.replace("\n", " ").replace("\t", " ")).items():
                    bad.append({"what": what + " in a copy", "where": where, "after": self.blame(low + copy.start())})
            piece = COPY.sub(blank, piece)
        for title in OWN_TITLE.finditer(piece):
            for what, (_, where) in forbidden(title.group(1).decode("utf-8", "surrogateescape")).items():
                bad.append({"what": what + " in a title", "where": where, "after": self.blame(low + title.start())})
        piece = OWN_TITLE.sub(blank, piece)
        text = allowed.sub(blank, piece).decode("utf-8", "surrogateescape")
        for what, (at, where) in forbidden(text).items():
            offset = low + len(text[:at].encode("utf-8", "surrogateescape"))
            bad.append({"what": what, "where": where, "after": self.blame(offset)})
        return bad

    def left_on(self):
        """What the program left behind in the terminal."""
        left = []

        def on(mode):
            return self.out.rfind(b"\x1b[?%dh" % mode) > self.out.rfind(b"\x1b[?%dl" % mode)

        left += [name for mode, name in ((1049, "alternate screen"), (2004, "bracketed paste"), (2026, "synchronised output")) if on(mode)]
        left += ["mouse"] if any(on(mode) for mode in (1000, 1002, 1003, 1006)) else []
        left += ["hidden cursor"] if self.out.rfind(b"\x1b[?25l") > self.out.rfind(b"\x1b[?25h") else []
        if self.out.count(b"\x1b[>") > self.out.count(b"\x1b[<"):
            left.append("keyboard flags")
        if termios.tcgetattr(self.slave) != self.before:
            left.append("line settings")
        return left


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--cols", type=int, default=120)
    parser.add_argument("--start", default="")
    parser.add_argument("--each", default="")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--end", default="q")
    parser.add_argument("--seen", metavar="DIR")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds that <SEEN> waits at most")
    parser.add_argument("--copies", action="store_true")
    parser.add_argument("--hang-up", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--answer", action="store_true")
    parser.add_argument("--early", action="store_true")
    parser.add_argument("--address-space", type=int, default=0, metavar="MIB")
    parser.add_argument("--modes", action="store_true", help="modes may change during the walk too (pager, suspend)")
    parser.add_argument("--dump", metavar="FILE")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    if "<SEEN>" in args.start + args.each and not args.seen:
        usage("<SEEN> needs --seen DIR")
    run = Run(args)
    if args.hang_up:
        sys.exit(run.hang_up())
    begin, end, stuck, killed = run.drive()
    if args.dump:
        with open(args.dump, "wb") as f:
            f.write(run.out)
    bad, left = run.scan(begin, end), run.left_on()
    code = os.waitstatus_to_exitcode(run.status)
    report = {"bytes": len(run.out), "exit": code, "killed": killed, "stuck": stuck, "slow": run.slow, "left_on": left}
    report |= {"forbidden": len(bad), "first": bad[:10], "rss": run.rss}
    if args.answer:
        report["answered"] = round(run.answered, 3)
    if args.seen:
        report["seen"] = run.seen()
    print(json.dumps(report))
    sys.exit(1 if bad else 3 if killed or code != 0 and not stuck else 4 if stuck else 2 if left else 0)


main()
