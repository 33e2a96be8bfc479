import assert from 'node:assert/strict';
import { PortFailure } from '../../src/ports/port-failure.js';

/** The PortFailure with which a call rejects; anything else fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<PortFailure> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof PortFailure, `not a PortFailure: ${String(error)}`);
    return error;
  }
  return assert.fail('the call was not refused');
}
