import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createProcessAction } from '../../src/cli/action/process-action.js';
import { createProcessBuild } from '../../src/cli/build/process-build.js';
import * as maintenance from '../../src/cli/maintenance-programs.js';
import {
  actionProgram,
  buildProgram,
  createProgram,
  fixGpgProgram,
  logProgram,
  pruneResultsProgram,
  pruneSrpmsProgram,
} from '../../src/cli/program.js';
import { createCoprRepo } from '../../src/cli/repository/copr-repo.js';
import { createBackendService } from '../../src/cli/service/backend-service.js';
import { createRunDispatcher } from '../../src/cli/service/run-dispatcher.js';
import { codeList, markdownTable } from './markdown-table.js';

const maintained = await Promise.all(
  Object.values(maintenance).map(async (create) => [`bin/${(await create()).name()}.mjs`, create] as const),
);

/** The command that each file of bin/ runs. */
export const PROGRAMS: Readonly<Record<string, () => Command | Promise<Command>>> = {
  'bin/copr-backend.mjs': createProgram,
  'bin/copr-backend-action.mjs': actionProgram,
  'bin/copr-backend-build.mjs': buildProgram,
  'bin/copr-backend-log.mjs': logProgram,
  'bin/copr-backend-process-action.mjs': createProcessAction,
  'bin/copr-backend-process-build.mjs': createProcessBuild,
  'bin/copr-backend-service.mjs': createBackendService,
  'bin/copr-fix-gpg.mjs': fixGpgProgram,
  'bin/copr-prune-results.mjs': pruneResultsProgram,
  'bin/copr-prune-srpms.mjs': pruneSrpmsProgram,
  'bin/copr-repo.mjs': createCoprRepo,
  'bin/copr-run-dispatcher-backend.mjs': createRunDispatcher,
  // Their files have the names of the programs.
  ...Object.fromEntries(maintained),
};

/**
 * Every command that the package puts on the PATH, and the commands of `copr-backend`. Names that differ only by `_`
 * for `-`, or by `.py`, are one.
 */
export async function commandTable(): Promise<string> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  const files = [...new Set(Object.values(manifest.bin))];
  const rows: string[][] = [];
  for (const file of files) {
    const create = PROGRAMS[file];
    if (create === undefined) throw new Error(`${file} runs no program that this table knows`);
    const spellings = Object.keys(manifest.bin).filter((name) => manifest.bin[name] === file);
    const names = [...new Set(spellings.map((name) => name.replaceAll('_', '-').replace(/\.py$/, '')))];
    const program = await create();
    const subcommands = program.commands.map((sub) => [`\`${program.name()} ${sub.name()}\``, sub.description()]);
    rows.push([codeList(names), program.description()], ...subcommands);
  }
  return markdownTable(['command', 'what it does'], rows);
}
