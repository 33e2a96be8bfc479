import { parseArgs } from 'node:util';
import { startBuilder } from '../../playground/builder/server.js';
import { logTo } from '../../playground/loopback/log-line.js';
import { buildPlanDirectory, scriptedBuild } from './scripted-build.js';

/** A builder of the playground with a scripted copr-rpmbuild: `--builder-program` of the pool. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', default: 'builder' },
    directory: { type: 'string', default: '' },
    port: { type: 'string', default: '0' },
    'authorized-keys': { type: 'string', default: '' },
    journal: { type: 'string' },
  },
});
const plan = process.env['COPR_BENCH_PLAN'];
if (plan === undefined) throw new Error('COPR_BENCH_PLAN is not set: only the bench starts this program');

const running = await startBuilder({
  name: values.name,
  port: Number(values.port),
  directory: values.directory,
  authorizedKeys: values['authorized-keys'],
  ...(values.journal === undefined ? {} : { journal: values.journal }),
  script: scriptedBuild(buildPlanDirectory(plan)),
  log: logTo(values.name),
});
process.once('SIGTERM', () => void running.close().then(() => process.exit(0)));
