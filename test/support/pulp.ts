import { freePulpPorts } from '../../playground/pulp/free-ports.js';
import { startPulp, type RunningPulp } from '../../playground/pulp/server.js';
import { givenDirectory } from './given-directory.js';

type Started = { readonly pulp: RunningPulp; readonly remove: () => Promise<void> };

/** Shared by the whole process, like the Temporal server (temporal.ts). */
const shared = ((globalThis as { coprTestPulp?: { started?: Promise<Started> | undefined } }).coprTestPulp ??= {});

/** The one Pulp of a test run, started when the first test needs it; its first installation takes minutes. */
export async function pulp(): Promise<RunningPulp> {
  shared.started ??= start();
  return (await shared.started).pulp;
}

/** Ends it, if it was started, and leaves nothing behind. */
export async function endPulp(): Promise<void> {
  const started = await shared.started?.catch(() => undefined); // one that did not start has nothing to end
  shared.started = undefined;
  await started?.pulp.stop();
  await started?.remove();
}

async function start(): Promise<Started> {
  const { path: directory, remove } = await givenDirectory();
  try {
    return { pulp: await startPulp({ directory, ports: await freePulpPorts() }), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
