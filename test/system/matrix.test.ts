import assert from 'node:assert/strict';
import { findCell, runMatrix } from '../../drill/matrix/run-matrix.js';

/**
 * A sample of `npm run drill -- matrix`: each fault once or twice, where it hurts most. Whatever is held at the same time
 * is struck at the same time.
 */
const SAMPLE = [
  'started:kill', // copr-rpmbuild runs and Temporal does not know
  'log-middle:kill',
  'releasing:kill', // the ticket is closed, the builder may be somebody else's
  'publishing:kill',
  'reporting:kill', // the frontend has the report, Temporal does not know
  'waiting:temporal',
  'installing:temporal',
  'starting:frontend',
  'finishing:frontend',
  'releasing:resalloc',
  'log-middle:builder',
  'downloading:disk',
];

describe('a build ends as if nothing had happened', function () {
  this.timeout(900_000);

  it('at each stage of the sample, under each fault', async () => {
    const said: string[] = [];
    const { outcomes, skipped } = await runMatrix(SAMPLE.map(findCell), (line) => said.push(line));
    const wrong = outcomes.flatMap(({ stage, fault, problems }) => problems.map((one) => `${stage}:${fault}: ${one}`));
    assert.deepEqual(wrong, [], said.join('\n'));
    const expected = SAMPLE.filter((name) => !Object.keys(skipped).includes(name.split(':')[1] ?? ''));
    assert.equal(outcomes.length, expected.length, said.join('\n'));
    assert.ok(outcomes.length > 0);
  });
});
