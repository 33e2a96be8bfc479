import assert from 'node:assert/strict';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { describeDeployment } from '../../src/adapters/temporal/worker-deployment.js';
import type { DeploymentReport } from '../../src/starters/deployment.js';
import { BIN, givenNamespace } from '../support/given-namespace.js';
import { until } from '../support/until.js';

/** A poller with the key `worker_versioning`, and what an operator asks and does then. */
describe('copr-backend deploy', function () {
  this.timeout(180_000);

  it('shows the version that the first poller made current, and what is left on one', async () => {
    const given = await givenNamespace(['worker_versioning=true']);
    const worker = await given.startWorker('poller');
    const deploy = (...words: readonly string[]): Promise<CommandResult> =>
      runCommand(process.execPath, [BIN, 'deploy', ...words, '--config', given.configFile], { timeoutMs: 120_000 });
    try {
      await until('it is current', async () => (await describeDeployment(given.client))?.current != null);
      const current = (await describeDeployment(given.client))?.current ?? '';
      assert.match(current, /^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
      await until('the dispatchers run on it', async () => {
        const { stdout } = await deploy('status', '--json');
        const { versions } = JSON.parse(stdout) as DeploymentReport;
        const [version] = versions;
        return version?.open.buildDispatcher === 1 && version.open.actionDispatcher === 1;
      });
      const { stdout: table } = await deploy('status');
      assert.match(
        table,
        new RegExp(`^${current} +current +\\S+ +on \\d of \\d queues +1 actionDispatcher, 1 buildDispatcher`, 'm'),
      );
      const drain = await deploy('drain', current);
      assert.equal(drain.code, 1);
      assert.match(drain.stderr, /make another version current first/);
      const missing = await deploy('current', '9.9.9-0123456789ab');
      assert.equal(missing.code, 3);
      assert.match(missing.stderr, /no worker of 9\.9\.9-0123456789ab has come yet/);
      assert.equal((await deploy('ramp', 'no build', '10')).code, 2);
    } finally {
      await worker.stop();
      await given.remove();
    }
  });
});
