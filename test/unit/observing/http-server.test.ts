import assert from 'node:assert/strict';
import { jsonReply } from '../../../src/observing/http-server.js';

describe('an answer over HTTP', () => {
  it('steers no terminal that it is shown on, and is what was meant', () => {
    const value = { message: '\u001b[2J \u009b2J \u202e x\n' };
    const { body } = jsonReply(200, value);
    assert.match(body, /^[^\p{Cc}\p{Bidi_Control}]+\n$/u);
    assert.deepEqual(JSON.parse(body), value);
  });
});
