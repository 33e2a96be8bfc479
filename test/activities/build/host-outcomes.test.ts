import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { rememberHosts } from '../../../src/activities/build/host-outcomes.js';
import type { FailureCode } from '../../../src/contracts/failures/failure-codes.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import { fakePorts } from '../../support/fake-ports.js';

const facts = givenFacts();
type Work = 'startRemoteBuild' | 'followBuild' | 'downloadResults';
type Noted = { readonly failed: readonly unknown[]; readonly succeeded: number };

async function noted(work: Work, end: () => Promise<unknown>, of = facts): Promise<Noted> {
  const ports = fakePorts();
  const run: (input: object) => Promise<unknown> = end;
  const all: Record<Work, typeof run> = { startRemoteBuild: run, followBuild: run, downloadResults: run };
  const activities = rememberHosts(ports.deps, all);
  const wanted = await end().catch((error: unknown) => error);
  const got = await activities[work]({ facts: of, builder: BUILDER }).catch((error: unknown) => error);
  assert.deepEqual(got, wanted, 'what the activity answers is not touched');
  return {
    failed: ports.calls('hosts', 'failed').map(([, , code]) => code),
    succeeded: ports.calls('hosts', 'succeeded').length,
  };
}

const refusing = (code: FailureCode) => (): Promise<never> =>
  Promise.reject(new PortFailure(code, 'so it is', { retryable: false }));
const DOWNLOADED = { built: true, staging: 'staged', packages: 1, released: true };
const failed = (code: FailureCode) => (): Promise<unknown> =>
  Promise.resolve({ ...DOWNLOADED, built: false, failure: { code, message: 'so it is' } });
const NOTHING: Noted = { failed: [], succeeded: 0 };

describe('rememberHosts', () => {
  it('notes every failure of the machine, whoever saw it', async () => {
    for (const work of ['startRemoteBuild', 'followBuild', 'downloadResults'] as const) {
      const found = await noted(work, refusing('BuilderUnreachable'));
      assert.deepEqual(found, { failed: ['BuilderUnreachable'], succeeded: 0 }, work);
    }
    const lost = ApplicationFailure.create({ type: 'BuilderLost', message: 'failed', nonRetryable: true });
    assert.deepEqual((await noted('followBuild', () => Promise.reject(lost))).failed, ['BuilderLost']);
  });

  it('trusts a machine that delivered, though the package did not build', async () => {
    assert.deepEqual(await noted('downloadResults', () => Promise.resolve(DOWNLOADED)), { failed: [], succeeded: 1 });
    assert.deepEqual(await noted('downloadResults', failed('PackageFailed')), { failed: [], succeeded: 1 });
  });

  it('takes nothing for an answer before the end', async () => {
    assert.deepEqual(await noted('startRemoteBuild', () => Promise.resolve({ startedOn: 1 })), NOTHING);
    assert.deepEqual(await noted('followBuild', () => Promise.resolve({ timedOut: true })), NOTHING);
    assert.deepEqual(await noted('downloadResults', failed('ResultsInvalid')), NOTHING);
  });

  it('does not hold against a machine what is not its fault', async () => {
    const detached = ApplicationFailure.create({ type: 'Detached', message: 'the worker goes' });
    assert.deepEqual(await noted('followBuild', () => Promise.reject(detached)), NOTHING);
    assert.deepEqual(await noted('followBuild', () => Promise.reject(new Error('a defect'))), NOTHING);
    for (const code of ['ResallocUnavailable', 'StorageFailed', 'ResultsTooLarge', 'FrontendUnavailable'] as const) {
      assert.deepEqual(await noted('downloadResults', refusing(code)), NOTHING, code);
    }
  });

  it('believes nothing of a machine on which its user is root', async () => {
    const theirs = givenFacts({ userSsh: true });
    assert.deepEqual(await noted('followBuild', refusing('BuilderUnreachable'), theirs), NOTHING);
    assert.deepEqual(await noted('downloadResults', () => Promise.resolve(DOWNLOADED), theirs), NOTHING);
  });
});
