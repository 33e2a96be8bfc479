import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { reportSuspects, suspectJson, suspectLines } from '../../../../src/cli/dispatch/suspect-tickets.js';
import type { TaskReport } from '../../../../src/starters/task-report.js';
import { givenDirectory } from '../../../support/given-directory.js';

describe('tickets that may be lost, as `status` tells of them', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    directory = await givenDirectory();
    await mkdir(path.join(directory.path, 'tickets'));
  });
  afterEach(() => directory.remove());

  const told = (text: string): Promise<void> => writeFile(path.join(directory.path, 'tickets/suspects.json'), text);
  const building = (ticket: number): TaskReport => ({ status: { ticket } }) as unknown as TaskReport;

  it('are none on a host that takes no tickets', async () => {
    const report = await reportSuspects(path.join(directory.path, 'elsewhere'), []);
    assert.deepEqual([suspectLines(report), suspectJson(report)], [[], []]);
  });

  it('are named with what to do, but for those that a build has', async () => {
    await told('{"tickets":[7,8,9],"isCut":false}');
    const report = await reportSuspects(directory.path, [building(8)]);
    const [first, ...advice] = suspectLines(report);
    assert.equal(first, '2 Resalloc tickets may be open without an owner: 7, 9');
    assert.match(advice.join('\n'), /resalloc ticket-close N/);
    assert.deepEqual(suspectJson(report), [{ suspectTickets: [7, 9] }]);
  });

  it('are said to be unknown where the notes cannot be read', async () => {
    await told('nonsense');
    assert.match(suspectLines(await reportSuspects(directory.path, [])).join(''), /is not known: .*nonsense/);
  });
});
