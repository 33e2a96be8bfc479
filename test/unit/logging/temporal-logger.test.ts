import assert from 'node:assert/strict';
import { createTemporalLogger } from '../../../src/logging/temporal-logger.js';
import type { Logger } from '../../../src/logging/logger.js';
import { failedEnd } from '../../../src/workflows/failed-end.js';

describe('createTemporalLogger', () => {
  /** The level of a line as the SDK gives it, with an error that has come from the workflow's thread. */
  function levelOf(message: string, error: Error): string {
    const levels: string[] = [];
    const level = (name: string) => (): void => void levels.push(name);
    const names = ['trace', 'debug', 'info', 'warn', 'error'];
    const logger = Object.fromEntries(names.map((name) => [name, level(name)])) as unknown as Logger;
    createTemporalLogger(logger).warn(message, { workflowType: 'build', error: structuredClone(error) });
    return levels.join();
  }

  it('does not warn of a build whose package failed', () => {
    const failure = failedEnd({ code: 'PackageFailed', message: 'copr-rpmbuild failed' });
    assert.equal(levelOf('Workflow failed', failure), 'debug');
  });

  it('warns of a workflow that failed by a mistake', () => {
    assert.equal(levelOf('Workflow failed', new TypeError('x is undefined')), 'warn');
    assert.equal(levelOf('Worker failed', new Error('no connection')), 'warn');
  });
});
