#!/usr/bin/env bash
# Runs a command on a file system whose power is cut again and again, and a check on what each cut left behind.
#
#   powercut.sh FOLDER CHECK -- COMMAND…
#
# The command runs in a copy of FOLDER on an ext4 image, which lies in a file on XFS; a copy of that file by reflink is
# what a power cut leaves at that moment: what was not synced is not in it. Each copy is then mounted, its journal is
# replayed as after a power cut, and CHECK (bash) runs in it, at the same path. Needs root, loop devices, mkfs.xfs and mkfs.ext4.
#
# IMAGES  how many copies at most (20)
# LINES   how many lines ACKS will get; the copies are spread evenly over them, with a random pause before each
# PAUSE   seconds at most of that pause (0.1); half of that on average
# SIZE    of the file system (256M)
# ACKS    in COMMAND: a file, on another file system, where it writes one line for each thing that it says is done
# ACKED   in CHECK: how many of these lines had been written before the power was cut
set -euo pipefail
folder=$1
check=$2
shift 3
scratch=$(mktemp -d)
mounted=()
clean_up() {
  for ((at = ${#mounted[@]} - 1; at >= 0; at--)); do
    umount "${mounted[at]}" 2>/dev/null || umount -l "${mounted[at]}" || true
  done
  rm -rf "$scratch"
}
trap clean_up EXIT
on_loop() {
  mount -o loop "$1" "$2"
  mounted+=("$2")
}
export ACKS=$scratch/acks
: >"$ACKS"
mkdir "$scratch/outer" "$scratch/inner"
size=$(numfmt --from=iec "${SIZE:-256M}")
truncate -s $((size * 4)) "$scratch/xfs"
mkfs.xfs -q -m reflink=1 "$scratch/xfs"
on_loop "$scratch/xfs" "$scratch/outer"
truncate -s "$size" "$scratch/outer/ext4"
mkfs.ext4 -q "$scratch/outer/ext4"
on_loop "$scratch/outer/ext4" "$scratch/inner"
cp -a "$folder/." "$scratch/inner/"
sync -f "$scratch/inner"

(cd "$scratch/inner" && exec "$@") &
running=$!
images=0
while [ "$images" -lt "${IMAGES:-20}" ] && kill -0 "$running" 2>/dev/null; do
  if [ "$(wc -l <"$ACKS")" -lt $((images * ${LINES:-0} / ${IMAGES:-20})) ]; then
    sleep 0.02
    continue
  fi
  sleep "$(awk -v most="${PAUSE:-0.1}" -v part="$RANDOM" 'BEGIN { print most * part / 32768 }')"
  wc -l <"$ACKS" >"$scratch/outer/acked.$images"
  cp --reflink=always "$scratch/outer/ext4" "$scratch/outer/image.$images"
  images=$((images + 1))
done
ended=0
wait "$running" || ended=$?

umount "$scratch/inner"
unset "mounted[-1]"
bad=0
for ((image = 0; image < images; image++)); do
  on_loop "$scratch/outer/image.$image" "$scratch/inner"
  ACKED=$(cat "$scratch/outer/acked.$image")
  export ACKED
  if ! (cd "$scratch/inner" && bash -c "$check"); then
    echo "FAILED: image $image, $ACKED said to be done"
    bad=$((bad + 1))
  fi
  umount "$scratch/inner"
  unset "mounted[-1]"
  rm "$scratch/outer/image.$image"
done
echo "$images images, $bad failed, $(wc -l <"$ACKS") said to be done, the command ended with $ended"
[ "$bad" -eq 0 ] && [ "$ended" -eq 0 ]
