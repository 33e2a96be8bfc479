import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isGoneHere, processIdentity } from '../../../src/workers/process-identity.js';

describe('process identity', () => {
  it('names a process that lives as living', () => {
    const identity = processIdentity('all');
    assert.match(identity, new RegExp(`^all@.+/${process.pid}\\.\\d+$`));
    assert.equal(isGoneHere(identity), false);
  });

  it('tells when that process is gone, also when its pid is used again', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const mine = processIdentity('all');
    const childs = mine.replace(/\/\d+\.\d+$/, `/${child.pid ?? 0}.1`); // another start: the pid of an earlier process
    assert.equal(isGoneHere(childs), true);
    child.kill();
    await once(child, 'exit');
    assert.equal(isGoneHere(childs), true);
  });

  it('assumes nothing of other machines, other containers and names it did not make', () => {
    const mine = processIdentity('all');
    const gone = mine.replace(/\/\d+\.\d+$/, '/999999999.1');
    assert.equal(isGoneHere(gone), true);
    assert.equal(isGoneHere(gone.replace('@', '@other-')), false);
    assert.equal(isGoneHere(gone.replace(/\/[0-9a-f]+\//, '/000000000000/')), false);
    assert.equal(isGoneHere('1234@somewhere'), false);
    assert.equal(isGoneHere(''), false);
  });
});
