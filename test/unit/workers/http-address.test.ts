import assert from 'node:assert/strict';
import { httpAddressOf } from '../../../src/workers/http-address.js';
import { ROLES } from '../../../src/domain/service/roles.js';

describe('httpAddressOf', () => {
  const configured = { host: '127.0.0.1', port: 5099 };

  it('gives one process of each role on a host a port of its own; poller and all do not run side by side', () => {
    const ports = ROLES.map((role) => httpAddressOf(role, configured, undefined)?.port);
    assert.deepEqual(ports, [5099, 5100, 5101, 5102, 5099]);
  });

  it('takes what the command line says, and nothing where nothing is configured', () => {
    const at = { host: '::1', port: 7 };
    assert.deepEqual(httpAddressOf('build', configured, { isOff: false, at }), at);
    assert.equal(httpAddressOf('build', configured, { isOff: true }), null);
    assert.equal(httpAddressOf('all', null, undefined), null);
  });
});
