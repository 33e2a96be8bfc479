import { join } from 'node:path';
import { buildScript, commandLine, type BuildScript } from '../../playground/builder/build-script.js';
import { quoteWord } from '../../playground/builder/shell-words.js';

/** Instructions of one bench process to the builders, below one directory. */
export type BuildPlanDirectory = {
  /**
   * Minimum length of a build in seconds and the maximum addition, read when it starts; it writes a line each second.
   */
  readonly seconds: string;
  /** Once it exists, builds end, however long they were to take. */
  readonly over: string;
  /** Build results by index, see prepared-packages.ts; a build takes the one of its id modulo their number. */
  readonly packages: string;
  /** Number of these results. */
  readonly count: string;
};

export function buildPlanDirectory(root: string): BuildPlanDirectory {
  const [seconds, over] = [join(root, 'build-seconds'), join(root, 'builds-over')];
  return { seconds, over, packages: join(root, 'packages'), count: join(root, 'package-count') };
}

/** copr-rpmbuild whose RPM builds take as long as the bench sets; source builds are the playground's own. */
export function scriptedBuild(plan: BuildPlanDirectory): BuildScript {
  return (directory, builder, request, build) => {
    if (request.isSource || 'problem' in build) return buildScript(directory, builder, request, build);
    const { build_id: id } = build.task as { readonly build_id: number };
    return `#!/bin/sh
set -u
umask 022
results=${quoteWord(join(directory.lib, 'results'))}
cd ${quoteWord(directory.lib)} || exit 1
mkdir -p "$results" || exit 1
exec </dev/null >>main.log 2>&1
: >lockfile
echo "$PPID" >pid
echo "$$" >logger_pid.new && mv logger_pid.new logger_pid
interrupted=
trap 'interrupted=yes' INT TERM HUP
printf '%s\\n' ${quoteWord(`Running: ${commandLine(request)}`)}
cat <<'END_OF_TASK'
${JSON.stringify(build.task, null, 4)}
END_OF_TASK
read -r seconds spread <${quoteWord(plan.seconds)}
seconds=$((seconds + ${id} * 7919 % 104729 % (spread + 1)))
second=0
while [ "$second" -lt "$seconds" ] && [ -z "$interrupted" ] && [ ! -e ${quoteWord(plan.over)} ]; do
  second=$((second + 1))
  echo "[$second s] the build goes on, as builds do, and says so in a line of about eighty characters"
  sleep 1
done
if [ -n "$interrupted" ]; then
  echo "Build interrupted."
  exit 1
fi
read -r count <${quoteWord(plan.count)}
cp ${quoteWord(plan.packages)}/$((${id} % count))/* "$results/" || exit 1
echo done >"$results/success"
echo "Build succeeded."
gzip -c main.log >"$results/build.log.gz"
exit 0
`;
  };
}
