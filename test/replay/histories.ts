import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import manifest from '../../package.json' with { type: 'json' };

export type History = temporal.api.history.v1.IHistory;

const DIRECTORY = fileURLToPath(new URL('./histories/', import.meta.url));

/** Bytes from which on a recording is kept compressed: nobody reads the difference of so much. */
const READABLE = 300_000;

/** Recorded histories by file name, `<version>-<scenario>.json`, long ones `.json.gz`. */
export async function recordedHistories(): Promise<readonly { readonly name: string; readonly history: unknown }[]> {
  const names = (await readdir(DIRECTORY)).filter((name) => /\.json(\.gz)?$/.test(name)).sort();
  return names.map((name) => ({ name, history: JSON.parse(textOf(name)) as unknown }));
}

function textOf(name: string): string {
  const bytes = readFileSync(`${DIRECTORY}${name}`);
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The scenario a file was recorded of; one that began anew has recordings of its first run, of its second, of its last. */
export function scenarioOf(fileName: string): string {
  return fileName.replace(/^\d+\.\d+\.\d+-/, '').replace(/(\.first|\.second)?\.json(\.gz)?$/, '');
}

/**
 * Keeps a scenario's history for this version, when COPR_RECORD_HISTORIES=new asks for those that are missing. A
 * history that is there is never overwritten: delete it by hand while its version is not released.
 */
export async function recordHistory(scenario: string, history: History): Promise<void> {
  if (process.env['COPR_RECORD_HISTORIES'] !== 'new') return;
  const file = `${DIRECTORY}${manifest.version}-${scenario}.json`;
  if (existsSync(file) || existsSync(`${file}.gz`)) return;
  const kept = withoutOrigin(JSON.parse(historyToJSON(history)));
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  if (text.length <= READABLE) await writeFile(file, text);
  else await writeFile(`${file}.gz`, gzipSync(JSON.stringify(kept), { level: 9 }));
}

/** Stack traces and identities say where a history was recorded, which is nobody's business and replays without. */
function withoutOrigin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOrigin);
  if (typeof value === 'string') return /^\d+@/.test(value) ? 'worker@host' : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'stackTrace');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutOrigin(inner)]));
}
