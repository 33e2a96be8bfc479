import assert from 'node:assert/strict';
import { nodeComplaint } from '../../../scripts/node-version.mjs';

describe('nodeComplaint', () => {
  it('accepts the oldest that will do and everything newer', () => {
    for (const version of ['20.19.0', 'v20.20.2', '22.0.0', '100.1.0']) assert.equal(nodeComplaint(version), null);
  });

  it('says what is needed and what this is', () => {
    for (const version of ['20.18.3', 'v18.20.0', '8.0.0']) {
      const complaint = nodeComplaint(version);
      assert.match(complaint ?? '', /20\.19\.0 or newer/);
      assert.ok(complaint?.includes(version));
    }
  });
});
