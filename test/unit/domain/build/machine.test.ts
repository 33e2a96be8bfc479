import assert from 'node:assert/strict';
import { hostName, poolName, tagsName } from '../../../../src/domain/build/machine.js';

describe('hostName', () => {
  it('names the port where there is one', () => {
    assert.equal(hostName({ host: '10.0.3.7', port: null }), '10.0.3.7');
    assert.equal(hostName({ host: 'localhost', port: 60_001 }), 'localhost:60001');
  });
});

describe('poolName', () => {
  const tags = ['arch_x86_64', 'copr_builder', 'on_demand_powerful'];

  it("is the beginning of Resalloc's usual name", () => {
    assert.equal(poolName({ name: 'local_x86_00000001_20260101_101010' }, tags), 'local_x86');
    assert.equal(poolName({ name: 'aws_x86_64_spot_prod_123456789_20260101_101010' }, tags), 'aws_x86_64_spot_prod');
  });

  it('is what was asked for where the name says nothing', () => {
    assert.equal(poolName({ name: '10.0.3.7' }, tags), 'arch_x86_64+on_demand_powerful');
    assert.equal(tagsName(['copr_builder']), 'copr_builder');
  });
});
