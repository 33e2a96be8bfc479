import assert from 'node:assert/strict';
import { createKeyRequest } from '../../../src/activities/signing/key-request.js';
import { activityContext } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { fakePorts } from '../../support/fake-ports.js';

const PROJECT = { owner: 'jdoe', project: 'hello' };

describe('requestKey', () => {
  it('asks the project, with the answer to come to this run', async () => {
    const ports = fakePorts();
    const wanted = { requestId: 'k', project: PROJECT, dirname: 'hello:pr:1' };
    await activityContext().run(createKeyRequest(ports.deps), wanted);
    const run = { workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' };
    assert.deepEqual(ports.calls('messages', 'requestProjectWork'), [
      [PROJECT, { requestId: 'k', ...run, work: { kind: 'ensureKey', dirname: 'hello:pr:1' } }],
    ]);
    assert.deepEqual(ports.calls('backendLog', 'note'), []);
  });

  it('says in the backend.log of a build what it waits for', async () => {
    const ports = fakePorts();
    const facts = givenFacts();
    const wanted = { requestId: 'k', project: PROJECT, dirname: 'hello', facts };
    await activityContext().run(createKeyRequest(ports.deps), wanted);
    assert.deepEqual(ports.calls('backendLog', 'note'), [[facts, ["Waiting for the project's signing key"]]]);
  });
});
