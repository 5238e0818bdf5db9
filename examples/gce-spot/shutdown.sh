#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shutdown.sh: what the machine does when it is told to go, as root. A spot machine has 30 s then; the run writes its
# checkpoint within 25 s of SIGTERM.
set -euo pipefail

STATE=${STATE:-/run/tilewright}
PATIENCE_S=${PATIENCE_S:-28}

say() { printf '{"severity": "%s", "command": "shutdown", "message": "%s"}\n' "$1" "$2" >&2; }

mkdir -p "$STATE"
# Nothing is begun any more.
touch "$STATE/stopping"
pid=$(cat "$STATE/pid" 2>/dev/null || true)
if [ -z "$pid" ] || ! kill -TERM "$pid" 2>/dev/null; then
    say INFO "no run is under way"
    exit 0
fi
for ((tenths = 0; tenths < PATIENCE_S * 10; tenths++)); do
    if ! kill -0 "$pid" 2>/dev/null; then
        say INFO "the run has ended, and left its checkpoint"
        exit 0
    fi
    sleep 0.1
done
say WARNING "the run has not ended within $PATIENCE_S s; the checkpoint of before stands"
exit 1
