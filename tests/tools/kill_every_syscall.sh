#!/usr/bin/env bash
# Runs a command again and again on a fresh copy of a folder, killed at its first, second, third … system call that changes
# a file, and a check after each; ends when the command ends by itself.
#
#   kill_every_syscall.sh FOLDER CHECK -- COMMAND…
#
# W      in CHECK and COMMAND (each run by bash -c): the copy
# RC     in CHECK: how COMMAND ended
# ERR    an error (ENOSPC, EIO, …) that the call gets instead of a kill
# CALLS  the system calls that are tried, instead of those that change a file
# FIRST  the call that is tried first (1)
# STEP   from one call that is tried to the next (1)
# MAX    the last call that is tried
set -uo pipefail
folder=$1
check=$2
shift 3
calls=${CALLS:-rename,renameat,renameat2,link,linkat,unlink,unlinkat,write,pwrite64,fsync,fdatasync,ftruncate,mkdir,mkdirat}
bad=0
tried=0
n=${FIRST:-1}
export W RC
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
while [ "$n" -le "${MAX:-2000}" ]; do
  W=$scratch/$n
  mkdir "$W"
  cp -a "$folder/." "$W/"
  if [ -n "${ERR:-}" ]; then
    inject="error=$ERR:when=$n"
  else
    inject="signal=SIGKILL:when=$n"
  fi
  strace -f -qq -o "$scratch/trace" -e "trace=$calls" -e "inject=$calls:$inject" bash -c "exec $*" \
    >"$scratch/out" 2>&1 </dev/null
  RC=$?
  if [ ! -e "$scratch/trace" ]; then
    cat "$scratch/out"
    echo "strace did not start"
    exit 2
  fi
  if ! grep -qE 'INJECTED|killed by SIGKILL' "$scratch/trace"; then
    break
  fi
  if ! bash -c "$check" >"$scratch/checked" 2>&1; then
    bad=$((bad + 1))
    echo "after call $n (ended with $RC):"
    tail -n 3 "$scratch/trace"
    tail -n 3 "$scratch/out"
    tail -n 8 "$scratch/checked"
  fi
  rm -rf "$W"
  tried=$((tried + 1))
  n=$((n + ${STEP:-1}))
done
echo "$tried points, $bad failed"
[ "$bad" -eq 0 ]
