import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostMemory } from '../../../src/adapters/host-memory/host-memory.js';
import { givenDirectory } from '../../support/given-directory.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';

const facts = givenFacts();
const removals: (() => Promise<void>)[] = [];
type Line = { readonly level: 'info' | 'warn'; readonly text: string; readonly fields: Record<string, unknown> };

async function given(): Promise<{
  readonly file: string;
  readonly lines: Line[];
  readonly open: (now?: () => number) => Promise<ReturnType<typeof createHostMemory>>;
}> {
  const directory = await givenDirectory();
  removals.push(directory.remove);
  const file = join(directory.path, 'builder-hosts.json');
  const lines: Line[] = [];
  const logger =
    (level: Line['level']) =>
    (fields: object, text: string): void =>
      void lines.push({ level, text, fields: fields as Record<string, unknown> });
  return {
    ...{ file, lines },
    open: async (now = Date.now) => {
      const memory = createHostMemory({ file, now, log: { info: logger('info'), warn: logger('warn') } });
      await memory.loaded;
      return memory;
    },
  };
}

describe('createHostMemory', () => {
  after(() => Promise.all(removals.map((remove) => remove())));

  it('remembers a failed machine for the next process', async () => {
    const { open, lines } = await given();
    const first = await open();
    first.failed(BUILDER, facts, 'BuilderUnreachable');
    assert.match(first.suspicion(BUILDER, facts)?.why ?? '', /BuilderUnreachable/);
    await first.close();
    const next = await open();
    assert.match(next.suspicion(BUILDER, facts)?.why ?? '', /BuilderUnreachable/);
    assert.equal(next.report().avoided[0]?.host, '127.0.0.1:2222');
    next.succeeded(BUILDER, facts);
    await next.close();
    const last = await open();
    assert.equal(last.suspicion(BUILDER, facts), null);
    await last.close();
    assert.deepEqual(lines, []);
  });

  it('keeps what another process on the same file has learned', async () => {
    const { open } = await given();
    const [one, other] = [await open(), await open()];
    one.failed(BUILDER, facts, 'BuilderUnreachable');
    await one.close();
    other.failed({ ...BUILDER, port: 2223 }, facts, 'DownloadFailed');
    await other.close();
    const both = await open();
    assert.deepEqual(
      both
        .report()
        .avoided.map(({ host }) => host)
        .toSorted(),
      ['127.0.0.1:2222', '127.0.0.1:2223'],
    );
    await both.close();
  });

  it('begins anew, with a warning, where the file is broken, and makes it good again', async () => {
    const { open, file, lines } = await given();
    await writeFile(file, '{"10.0.3.7": {"times": 1, "code": "Nonsense", "changed": 0}}');
    const memory = await open();
    memory.failed(BUILDER, facts, 'LogBroken');
    await memory.close();
    assert.ok(lines.length > 0 && lines.every(({ text }) => text.includes('cannot be read')));
    assert.match(await readFile(file, 'utf8'), /LogBroken/);
  });

  it('costs no build anything when it cannot be written', async () => {
    const { open, file, lines } = await given();
    await mkdir(join(file, 'in-the-way'), { recursive: true });
    const memory = await open();
    memory.failed(BUILDER, facts, 'LogBroken');
    assert.notEqual(memory.suspicion(BUILDER, facts), null);
    await memory.close();
    assert.ok(lines.some(({ text }) => text === 'the memory of builder hosts cannot be written'));
  });

  it('warns once when the builders of a pool fail, says what to do, and tells when they work again', async () => {
    const { open, lines } = await given();
    let now = Date.now();
    const memory = await open(() => now);
    const named = (n: number): typeof BUILDER => ({ ...BUILDER, name: `aws_0000000${n}_20260101_101010`, port: n });
    for (let n = 1; n < 8; n += 1) memory.failed(named(n), facts, 'BuilderUnreachable');
    assert.deepEqual(
      lines.map(({ level, text, fields }) => [level, text, fields['pool'], fields['failed']]),
      [['warn', 'builders of a pool fail more often than a pool should', 'aws', 5]],
    );
    assert.match(String(lines[0]?.fields['advice']), /Resalloc/);
    assert.equal(memory.report().pools[0]?.failed, 7);
    now += 31 * 60_000;
    assert.deepEqual(memory.report().pools, []);
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['warn', 'info'],
    );
    await memory.close();
  });

  it('does not ask for another machine again while there was none a moment ago', async () => {
    const { open } = await given();
    let now = Date.now();
    const memory = await open(() => now);
    assert.equal(memory.isWorthAsking(facts.tags), true);
    memory.noOther(facts.tags);
    assert.equal(memory.isWorthAsking(facts.tags), false);
    assert.equal(memory.isWorthAsking(['arch_s390x']), true);
    now += 61_000;
    assert.equal(memory.isWorthAsking(facts.tags), true);
    await memory.close();
  });
});
