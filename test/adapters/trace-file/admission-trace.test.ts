import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdmissionTrace } from '../../../src/adapters/trace-file/admission-trace.js';
import type { Look } from '../../../src/domain/dispatch/admission-recorder.js';
import { parseTraceLine } from '../../../src/domain/dispatch/admission-trace.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenLimits, givenTask } from '../../support/given-tasks.js';

const removals: (() => Promise<void>)[] = [];
const warnings: string[] = [];
const log = { warn: (_: object, text: string): void => void warnings.push(text) };

async function given(): Promise<string> {
  const directory = await givenDirectory();
  removals.push(directory.remove);
  return join(directory.path, 'trace.jsonl');
}
function look(...taskIds: readonly string[]): Look {
  return {
    began: '2026-01-02T03:04:05.000Z',
    listed: taskIds.map((taskId) => givenTask({ taskId })),
    view: { running: [], tombstones: [] },
    limits: givenLimits(2),
    pause: 5,
  };
}
const events = (file: string): readonly string[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => parseTraceLine(line).event);

describe('createAdmissionTrace', () => {
  after(() => Promise.all(removals.map((remove) => remove())));

  it('writes a line for each event, readable by its group only', async () => {
    const file = await given();
    const trace = createAdmissionTrace({ file, log });
    trace.record(look('1', '2'));
    trace.record(look('1', '2', '3'));
    trace.record(look('1', '2', '3'));
    await trace.close();
    assert.deepEqual(events(file), ['begin', 'arrive', 'arrive', 'arrive']);
    assert.equal(statSync(file).mode & 0o777, 0o640);
  });

  it('begins on a line of its own behind one that was cut', async () => {
    const file = await given();
    writeFileSync(file, '{"at":17');
    const trace = createAdmissionTrace({ file, log });
    trace.record(look('1'));
    await trace.close();
    assert.deepEqual(readFileSync(file, 'utf8').split('\n').length, 4);
  });

  it('keeps one older file, and tells everything again in the new one', async () => {
    const file = await given();
    const trace = createAdmissionTrace({ file, log, largest: 300 });
    trace.record(look('1', '2', '3'));
    await trace.close();
    trace.record(look('1', '2', '3'));
    await trace.close();
    assert.deepEqual(events(`${file}.1`), ['begin', 'arrive', 'arrive', 'arrive']);
    assert.equal(existsSync(file), false, 'the second grew too large as well');
  });

  it('costs no poll anything when it cannot be written, and begins anew when it can', async () => {
    const directory = await given();
    const trace = createAdmissionTrace({ file: join(directory, 'trace.jsonl'), log });
    trace.record(look('1'));
    await trace.close();
    assert.deepEqual(warnings, ['the trace cannot be written; it starts over when the file is writable']);
  });

  it('does nothing unless it is asked to', async () => {
    const trace = createAdmissionTrace({ file: null, log });
    trace.record(look('1'));
    await trace.close();
  });
});
