/**
 * The oldest Node that runs this, and the message for an older one. No import here: it must load on old versions too.
 */
export const OLDEST_NODE = '20.19.0';

/** Null if `version` (`20.19.1` or `v20.19.1`) is new enough, otherwise one line for people. */
export function nodeComplaint(version) {
  const have = numbers(version);
  const need = numbers(OLDEST_NODE);
  for (let i = 0; i < 3; i += 1) {
    if (have[i] > need[i]) return null;
    if (have[i] < need[i]) {
      return `copr-backend needs Node ${OLDEST_NODE} or newer, this is ${version}: install a newer Node and try again`;
    }
  }
  return null;
}

/** Ends the process with a readable line if this Node is too old. */
export function requireNode() {
  const complaint = nodeComplaint(process.versions.node);
  if (complaint === null) return;
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}

function numbers(version) {
  return version
    .replace(/^v/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10) || 0);
}
