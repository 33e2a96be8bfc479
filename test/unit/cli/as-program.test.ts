import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createProcessAction } from '../../../src/cli/action/process-action.js';
import {
  actionProgram,
  buildProgram,
  createProgram,
  fixGpgProgram,
  pruneResultsProgram,
  pruneSrpmsProgram,
} from '../../../src/cli/program.js';
import * as maintenancePrograms from '../../../src/cli/maintenance-programs.js';
import { createCoprRepo } from '../../../src/cli/repository/copr-repo.js';

const PROGRAMS: readonly (() => Command)[] = [
  ...[createProgram, createProcessAction, createCoprRepo, buildProgram, actionProgram],
  ...[fixGpgProgram, pruneResultsProgram, pruneSrpmsProgram, ...Object.values(maintenancePrograms)],
];

describe('each program', () => {
  it('prints the version of package.json, without the arguments that it requires otherwise', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    for (const create of PROGRAMS) {
      let printed = '';
      const program = create().exitOverride();
      program.configureOutput({ writeOut: (text) => (printed += text), writeErr: () => undefined });
      assert.throws(() => program.parse(['--version'], { from: 'user' }), { code: 'commander.version' });
      assert.equal(printed, `${version}\n`, program.name());
    }
  });
});
