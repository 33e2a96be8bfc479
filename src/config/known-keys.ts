/**
 * Keys that existing files may still have but nothing reads any more, here or in the Python service, or that have no
 * meaning here. They are accepted silently; any other unknown key is reported, because it is probably a typing error.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  backend: [
    ...['log_format', 'build_groups', 'vm_cycle_timeout', 'vm_ssh_check_timeout', 'num_workers'],
    ...['max_prune_processes', 'dist_git_url', 'exit_on_worker', 'verbose', 'builder_perl'],
  ],
  builder: ['consecutive_failure_threshold'],
};

/** True for a key that is known but not used. */
export function isKnownKey(section: string, key: string): boolean {
  return (KNOWN[section] ?? []).includes(key) || (section === 'backend' && /^group\d+_[a-z_]+$/.test(key));
}

/** The known key that a typing error most likely meant; null if none is close. */
export function nearestKey(key: string, candidates: readonly string[]): string | null {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .sort((one, other) => one.distance - other.distance);
  return best !== undefined && best.distance <= Math.max(2, Math.floor(key.length / 4)) ? best.candidate : null;
}

/** All known keys of a section. */
export function knownKeys(section: string): readonly string[] {
  return KNOWN[section] ?? [];
}

/** Levenshtein. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
