/**
 * Replays histories on edited bundles, as ordered by its parent. A separate process, because edited code may loop or
 * fill memory.
 */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { DefaultLogger, type ReplayWorkerOptions, Runtime, Worker } from '@temporalio/worker';
import { bundleWith } from '../bundle/patchable-bundle.js';
import { REACHED } from '../bundle/reach-probes.js';
import { COMMANDED, earlyEnd, missingCommand, type Activation } from './commands.js';
import type { FromReplayProcess, ReplayOrder, ReplaySetup, ToReplayProcess } from './replay-messages.js';

/**
 * Time limit for computing one activation of a workflow. It is the SDK's own limit for a worker that is not debugged.
 */
const MAX_ACTIVATION = '5s';

type Ready = { readonly setup: ReplaySetup; readonly histories: ReadonlyMap<string, temporal.api.history.v1.IHistory> };

const silent = new DefaultLogger('ERROR', () => undefined);
Runtime.install({ logger: silent, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });

let ready: Ready | undefined;
process.on('message', (message: ToReplayProcess) => {
  if (message.type === 'setup') ready = prepare(message.setup);
  else if (ready !== undefined) {
    replay(ready, message.order).catch((error: unknown) => tell({ type: 'broken', message: String(error) }));
  }
});
process.on('disconnect', () => process.exit());

function prepare(setup: ReplaySetup): Ready {
  const histories = setup.histories.map(({ name, history }) => [name, historyFromJSON(history)] as const);
  return { setup, histories: new Map(histories) };
}

async function replay({ setup, histories }: Ready, order: ReplayOrder): Promise<void> {
  const reached = new Set<number>();
  const activations: Activation[] = [];
  const process = globalThis as Record<string, unknown>;
  process[REACHED] = (probe: number) => reached.add(probe);
  process[COMMANDED] = (activation: Activation) => activations.push(activation);

  const compared = new Set(order.histories.filter((each) => each.comparesContents).map(({ name }) => name));
  const wanted = order.histories.flatMap(({ name }) => {
    const history = histories.get(name);
    return history === undefined ? [] : [{ workflowId: name, history }];
  });
  const code = bundleWith(setup.bundle, { ...setup.modules, ...order.replaced });
  // Options of a worker that also apply to a replaying one; its type does not include the time.
  const options: ReplayWorkerOptions & { isolateExecutionTimeout: string } = {
    workflowBundle: { code },
    isolateExecutionTimeout: MAX_ACTIVATION,
  };
  for await (const { workflowId: history, error } of Worker.runReplayHistories(options, wanted)) {
    const events = histories.get(history)?.events ?? [];
    const commands = activations.flatMap((activation) => activation.commands);
    const missing = error === undefined ? (missingCommand(events, commands) ?? earlyEnd(activations)) : null;
    tell({
      type: 'replayed',
      replayed: { history, error: error === undefined ? null : String(error), missing, reached: [...reached] },
    });
    reached.clear();
    activations.length = 0;
    if (order.untilFailure && (error !== undefined || (missing !== null && compared.has(history)))) break;
  }
  tell({ type: 'done' });
}

function tell(message: FromReplayProcess): void {
  process.send?.(message);
}
