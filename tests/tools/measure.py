#!/usr/bin/env python3
"""Runs a command and says what it took: one JSON line with exit code, seconds, and the most memory that it held, in MiB.

usage: measure.py [--seconds N] [--address-space MIB] [--out FILE] -- COMMAND ARGUMENTS...

--seconds        it is killed after so long (its code is -9 then)
--address-space  it may use so many MiB of address space (ulimit -v)
--out            what it writes on standard output goes there, else nowhere; its standard error comes through
"""
import argparse
import json
import os
import resource
import signal
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--address-space", type=int, default=0, metavar="MIB")
    parser.add_argument("--out", default=os.devnull)
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        out = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(out, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if args.address_space:
            limit = args.address_space << 20
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        os.execvp(args.command[0], args.command)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.alarm(args.seconds)
    _, status, usage = os.wait4(pid, 0)
    took = {"code": os.waitstatus_to_exitcode(status), "seconds": round(time.monotonic() - started, 2)}
    print(json.dumps(took | {"rss": usage.ru_maxrss >> 10}))


main()
