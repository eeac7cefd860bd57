#!/bin/sh
# Runs a test binary: its quick tests, then the slow ones, up to the first that fails. `npm run mutants` has cargo run it.
set -e
# In kilobytes: a loop that does not end may fill the memory.
ulimit -v 4000000
# The switch for that is not stable yet.
export RUSTC_BOOTSTRAP=1
slow='every_world_is_recorded every_export_has_each_frame_once repeats_that_never_settle people_at_work'
skip=''
for name in $slow; do skip="$skip --skip $name"; done
"$@" -Zunstable-options --fail-fast --quiet $skip
exec "$@" -Zunstable-options --fail-fast $slow
