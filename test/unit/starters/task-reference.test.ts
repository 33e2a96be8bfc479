import assert from 'node:assert/strict';
import { buildWorkflowId } from '../../../src/contracts/names/ids.js';
import { parseTaskReference } from '../../../src/starters/task-reference.js';

describe('parseTaskReference', () => {
  const cases = [
    ['5', 'build', 'build/5'],
    ['5-fedora-42-x86_64', 'build', 'build/5-fedora-42-x86_64'],
    ['build/5-custom-1-x86_64', 'build', 'build/5-custom-1-x86_64'],
    ['action/7', 'action', 'action/7'],
  ] as const;
  for (const [text, kind, workflowId] of cases) {
    it(`reads ${text}`, () => {
      const reference = parseTaskReference(text);
      assert.equal(reference?.kind, kind);
      assert.equal(reference.workflowId, workflowId);
    });
  }

  it('reads the shortened id of a build as the Web UI shows it', () => {
    const workflowId = buildWorkflowId(`5-${'x'.repeat(253)}`);
    assert.deepEqual(parseTaskReference(workflowId), { kind: 'build', task: workflowId, workflowId });
    assert.equal(parseTaskReference(`5-${'x'.repeat(253)}`)?.workflowId, workflowId);
  });

  it('refuses what names no task', () => {
    for (const text of ['', 'hello', 'action/x', 'action/', 'repository/a/b/c', '../etc']) {
      assert.equal(parseTaskReference(text), null, text);
    }
  });
});
