import { quoteWord } from './shell-words.js';

/**
 * `copr-rpmbuild-log`: waits at most 120 s for a log, then becomes `tail` like the real one
 * (docs/neighbours/builder.md#live-log).
 */
export function logFollowerScript(lib: string): string {
  return `#!/bin/sh
cd ${quoteWord(lib)} || exit 1
waited=0
while [ ! -s logger_pid ] || [ ! -e main.log ]; do
  if [ "$waited" -ge 1200 ]; then
    echo "No build log appeared within 120 seconds." >&2
    exit 1
  fi
  waited=$((waited + 1))
  sleep 0.1
done
exec tail -F -n +0 --pid="$(cat logger_pid)" ${quoteWord(`${lib}/main.log`)}
`;
}
