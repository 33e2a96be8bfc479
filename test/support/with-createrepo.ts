import { newerCreaterepo, systemCreaterepo, type CreaterepoProgram } from './createrepo-programs.js';

/** The two generations of createrepo_c on hosts, as named in tests. */
export const CREATEREPO_GENERATIONS = [
  ['of the system', systemCreaterepo],
  ['1.2.5', newerCreaterepo],
] as const;

/** Within the calling `describe`, createrepo_c is this one; returns which, once a test runs. */
export function withCreaterepo(generation: () => Promise<CreaterepoProgram>): () => CreaterepoProgram {
  let program: CreaterepoProgram | undefined;
  let searched: string | undefined;
  before(async function () {
    this.timeout(120_000); // pip fetches it once
    program = await generation();
    searched = process.env['PATH'];
    process.env['PATH'] = `${program.directory}:${searched ?? ''}`;
  });
  after(() => {
    process.env['PATH'] = searched;
  });
  return () => {
    if (program === undefined) throw new Error('createrepo_c is chosen before the first test');
    return program;
  };
}
