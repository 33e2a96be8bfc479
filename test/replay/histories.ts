import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import manifest from '../../package.json' with { type: 'json' };

export type History = temporal.api.history.v1.IHistory;

const DIRECTORY = fileURLToPath(new URL('./histories/', import.meta.url));

/** Recorded histories by file name, `<version>-<scenario>.json`. */
export async function recordedHistories(): Promise<readonly { readonly name: string; readonly history: unknown }[]> {
  const names = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.json')).sort();
  return names.map((name) => ({ name, history: JSON.parse(readFileSync(`${DIRECTORY}${name}`, 'utf8')) as unknown }));
}

/** The scenario a file was recorded of. */
export function scenarioOf(fileName: string): string {
  return fileName.replace(/^\d+\.\d+\.\d+-/, '').replace(/\.json$/, '');
}

/**
 * Keeps a scenario's history for this version, when COPR_RECORD_HISTORIES=new asks for those that are missing. A
 * history that is there is never overwritten: delete it by hand while its version is not released.
 */
export async function recordHistory(scenario: string, history: History): Promise<void> {
  if (process.env['COPR_RECORD_HISTORIES'] !== 'new') return;
  const file = `${DIRECTORY}${manifest.version}-${scenario}.json`;
  if (existsSync(file)) return;
  await writeFile(file, `${historyToJSON(history)}\n`);
}
