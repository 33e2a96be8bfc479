import assert from 'node:assert/strict';
import { withCircuit } from '../../../src/adapters/pulp/circuit.js';
import type { PulpAnswer, PulpExchange } from '../../../src/adapters/pulp/exchange.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { refusalOf } from '../../support/rejection.js';

const CALL = { method: 'GET', to: 'status/' } as const;
const GOOD: PulpAnswer = { status: 200, value: null };
const MINUTE = 60_000;

describe('the circuit to Pulp', () => {
  let calls: number;
  let clock: number;
  let answer: () => Promise<PulpAnswer>;
  let circuit: PulpExchange;
  beforeEach(() => {
    calls = 0;
    clock = 0;
    const ask = (): Promise<PulpAnswer> => {
      calls += 1;
      return answer();
    };
    circuit = withCircuit({ ask, get: ask, close: () => undefined }, () => clock);
  });

  const down = (): Promise<PulpAnswer> => Promise.reject(new PortFailure('PulpUnavailable', 'ECONNREFUSED'));
  const failing = async (times: number): Promise<readonly string[]> => {
    const messages = [];
    for (let time = 0; time < times; time += 1) messages.push((await refusalOf(circuit.ask(CALL))).message);
    return messages;
  };

  it('lets one call through at a time while Pulp is down, whoever waits, and says since when', async () => {
    answer = down;
    const said = await failing(50);
    assert.equal(calls, 3);
    assert.match(said.at(-1) ?? '', /^Pulp is unavailable since \d{4}-.*Z: ECONNREFUSED$/);
    clock += MINUTE;
    let end = (): void => undefined;
    answer = () => new Promise((resolve) => (end = () => resolve(GOOD)));
    const trial = circuit.ask(CALL);
    await failing(5);
    assert.equal(calls, 4);
    end();
    await trial;
    answer = () => Promise.resolve(GOOD);
    assert.deepEqual(await circuit.ask(CALL), GOOD);
  });

  it('keeps the time when it began, and tries ever more rarely', async () => {
    answer = down;
    const since = /since (\S+):/.exec((await failing(4)).at(-1) ?? '')?.[1];
    for (let second = 0; second < 120; second += 1) {
      clock += 1000;
      await failing(1);
    }
    assert.ok(calls < 15, `${calls} calls in two minutes`);
    assert.equal(/since (\S+):/.exec((await failing(1))[0] ?? '')?.[1], since);
  });

  it('stays closed while Pulp answers, also where it refuses or somebody gives up', async () => {
    const refused = new PortFailure('PulpRefused', '400');
    for (let time = 0; time < 20; time += 1) {
      answer = down;
      await failing(2);
      answer = () => Promise.reject(refused);
      await failing(1);
      answer = () => Promise.reject(new Error('the worker is told to stop'));
      await assert.rejects(circuit.ask(CALL), /told to stop/);
    }
    assert.equal(calls, 80);
  });
});
