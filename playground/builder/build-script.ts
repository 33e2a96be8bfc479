import type { BuilderDirectory } from './builder-directory.js';
import type { PlannedBuild } from './build-task.js';
import { quoteWord } from './shell-words.js';

/** How the build was requested; written to the log. */
export type BuildRequest = {
  readonly taskUrl: string;
  readonly chroot: string | null;
  readonly isSource: boolean;
};

/** Makes the shell script of one build, which must behave as `buildScript` describes. */
export type BuildScript = typeof buildScript;

/**
 * The whole build as one POSIX shell script, which no longer needs this process or the frontend's records. All output
 * goes to main.log; the script's own pid is the "logger's": it lives until main.log is complete. BuildRequires are
 * looked up in `rpmDatabase`, by default the system's; if that contains no package they are not checked, and the log
 * says so.
 */
export function buildScript(
  directory: BuilderDirectory,
  builder: string,
  request: BuildRequest,
  build: PlannedBuild,
  rpmDatabase?: string,
): string {
  return `#!/bin/sh
# Made by the playground's builder for one build.
set -u
umask 022
lib=${quoteWord(directory.lib)}
results=$lib/results
workspace=$lib/workspace
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$workspace" LANG=C.UTF-8 TMPDIR="$workspace/tmp"
cd "$lib" || exit 1
mkdir -p "$results" "$workspace/tmp" "$workspace/sources" || exit 1
exec </dev/null >>main.log 2>&1
: >lockfile
echo "$PPID" >pid
echo "$$" >logger_pid.new && mv logger_pid.new logger_pid
interrupted=
trap 'interrupted=yes' INT TERM HUP

fail() {
  if [ -n "$interrupted" ]; then
    echo "Build interrupted: canceled, or longer than its time limit."
  fi
  printf '%s\\n' "Build failed: $1"
  echo "Finished: $(date -u '+%Y-%m-%d %H:%M:%S') UTC"
  gzip -c main.log >"$results/build.log.gz"
  exit 1
}

say_and_run() {
  printf '%s\\n' "Running: $*"
  "$@" || return 1
  [ -z "$interrupted" ]
}

fetch() {
  say_and_run curl --proto =http,https --fail --silent --show-error --location --max-filesize 1073741824 \\
    --retry 10 --retry-connrefused --retry-delay 1 --output "$2" "$1"
}

${QUERIES}
printf '%s\\n' ${quoteWord(`Running: copr-rpmbuild 1.8 on ${builder} (playground: plain rpmbuild, no mock)`)}
echo "Started: $(date -u '+%Y-%m-%d %H:%M:%S') UTC"
echo "To reproduce this build, run:"
printf '%s\\n' ${quoteWord(`    ${commandLine(request)}`)}
echo
echo "Task:"
cat <<'END_OF_TASK'
${JSON.stringify(build.task, null, 4)}
END_OF_TASK
echo
${'problem' in build ? `fail ${quoteWord(build.problem)}` : build.plan.kind === 'source' ? sourceSteps(build.plan) : rpmSteps(build.plan, { builder, rpmDatabase })}
echo
echo "Results:"
ls -l "$results"
echo "Build succeeded."
echo "Finished: $(date -u '+%Y-%m-%d %H:%M:%S') UTC"
gzip -c main.log >"$results/build.log.gz"
exit 0
`;
}

/** The equivalent command of the real tool. */
export function commandLine(request: BuildRequest): string {
  const words = ['/usr/bin/copr-rpmbuild', '--verbose', '--drop-resultdir'];
  if (request.isSource) words.push('--srpm');
  words.push('--task-url', request.taskUrl);
  if (request.chroot !== null) words.push('--chroot', request.chroot);
  return words.map(quoteWord).join(' ');
}

const NEVRA =
  '"name": "%{NAME}", "epoch": %|EPOCH?{%{EPOCH}}:{null}|, "version": "%{VERSION}", "release": "%{RELEASE}"';

/** Shell functions that read packages; rpm's own query formats make the JSON. */
const QUERIES = `query() {
  rpm --dbpath "$workspace/rpmdb" -qp --nosignature --nodigest --qf "$1" "$2" 2>/dev/null
}

# {"name": ["a", "b"]} parts of one array tag, nothing when it is not set
arch_list() {
  items=$(query "[%{$2}\\n]" "$3" | grep -v '^(none)$' | sed 's/.*/"&"/' | paste -s -d ,)
  [ -z "$items" ] || printf '"%s": [%s]\\n' "$1" "$items"
}

arch_tags() {
  { arch_list exclusivearch EXCLUSIVEARCH "$1"; arch_list excludearch EXCLUDEARCH "$1"; arch_list buildarch BUILDARCHS "$1"; } |
    paste -s -d ,
}

# unpacks a source package into $workspace/rpmbuild
unpack() {
  said=$(rpm --dbpath "$workspace/rpmdb" -i --nodeps --nosignature --define "_topdir $workspace/rpmbuild" "$1" 2>&1) && return
  printf '%s\\n' "$said"
  return 1
}
`;

function sourceSteps(plan: Extract<Extract<PlannedBuild, { plan: unknown }>['plan'], { kind: 'source' }>): string {
  const name = fileName(plan.url);
  const fetches = [plan.url, ...plan.besides].map(
    (url) =>
      `fetch ${quoteWord(url)} "$workspace/sources/"${quoteWord(fileName(url))} || fail "cannot fetch "${quoteWord(fileName(url))}`,
  );
  const make = name.endsWith('.spec')
    ? `say_and_run rpmbuild -bs --nodeps --dbpath "$workspace/rpmdb" \\
  --define "_topdir $workspace/rpmbuild" --define "_sourcedir $workspace/sources" --define "_srcrpmdir $results" \\
  --define "dist %{nil}" --define "_source_filedigest_algorithm 8" --define "_binary_filedigest_algorithm 8" \\
  "$workspace/sources/"${quoteWord(name)} || fail "rpmbuild -bs failed"
cp "$workspace/sources/"${quoteWord(name)} "$results/"`
    : `srpm="$workspace/sources/"${quoteWord(name)}
cp "$srpm" "$results/$(query '%{NAME}-%{VERSION}-%{RELEASE}' "$srpm").src.rpm" || fail "not a source package"
unpack "$srpm" || fail "the source package cannot be unpacked"
cp "$workspace"/rpmbuild/SPECS/*.spec "$results/"`;
  const tags = plan.distributions.map((distribution) => `"${distribution}": {$tags}`).join(', ');
  return `${fetches.join('\n')}
${make}
srpm=$(ls "$results"/*.src.rpm 2>/dev/null | head -n 1)
[ -n "$srpm" ] || fail "no source package was made"
tags=$(arch_tags "$srpm")
facts=$(query '${NEVRA}' "$srpm")
[ -n "$facts" ] || fail "the source package cannot be read"
[ -z "$interrupted" ] || fail "interrupted"
echo done >"$results/success"
cat >"$results/results.json" <<END_OF_RESULTS
{$facts, "architecture_specific_tags": {${tags}}}
END_OF_RESULTS`;
}

function rpmSteps(
  plan: Extract<Extract<PlannedBuild, { plan: unknown }>['plan'], { kind: 'rpm' }>,
  { builder, rpmDatabase }: { readonly builder: string; readonly rpmDatabase: string | undefined },
): string {
  return `srpm="$workspace/sources/package.src.rpm"
fetch ${quoteWord(plan.url)} "$srpm" || fail "cannot fetch the source package"
[ "$(sha1sum <"$srpm" | cut -d ' ' -f 1)" = ${plan.sha1} ] || fail "the source package is not ${plan.sha1}"
unpack "$srpm" || fail "the source package cannot be unpacked"
spec=$(ls "$workspace"/rpmbuild/SPECS/*.spec | head -n 1)
cp "$spec" "$results/"
installed=${rpmDatabase === undefined ? `$(rpm --eval '%{_dbpath}')` : quoteWord(rpmDatabase)}
if [ -n "$(ls "$installed" 2>/dev/null)" ] && [ -n "$(rpm --dbpath "$installed" -qa 2>/dev/null | head -n 1)" ]; then
  set -- --dbpath "$installed"
else
  wanted=$(rpm --dbpath "$workspace/rpmdb" -qp --nosignature --requires "$srpm" 2>/dev/null | grep -v '^rpmlib(')
  if [ -n "$wanted" ]; then
    echo "BuildRequires are not checked, since this machine has no rpm database. The package wants:"
    printf '%s\\n' "$wanted" | sed 's/^/    /'
  fi
  set -- --nodeps --dbpath "$workspace/rpmdb"
fi
say_and_run rpmbuild -ba "$@" \\
  --define "_topdir $workspace/rpmbuild" --define "_rpmdir $workspace/rpms" --define "_srcrpmdir $workspace/rpms" \\
  --define "_tmppath $workspace/tmp" --define "_buildhost "${quoteWord(builder)} --define "dist %{nil}" --define "debug_package %{nil}" \\
  --define "_source_filedigest_algorithm 8" --define "_binary_filedigest_algorithm 8" \\
  "$spec" || fail "rpmbuild ended with an error, see above"
find "$workspace/rpms" -name '*.rpm' -exec mv {} "$results/" \\;
[ -z "$interrupted" ] || fail "interrupted"
packages=
for package in "$results"/*.rpm; do
  facts=$(query '${NEVRA}, "arch": "%|SOURCERPM?{%{ARCH}}:{src}|"' "$package")
  [ -n "$facts" ] || fail "$package cannot be read"
  packages="$packages\${packages:+, }{$facts}"
done
echo done >"$results/success"
printf '{"packages": [%s]}\\n' "$packages" >"$results/results.json"`;
}

function fileName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
}
