import type { DispatcherInput } from '../../contracts/inputs.js';
import { dispatch } from './dispatcher.js';
import { nextRun } from '../next-run.js';

/** Takes builds from the frontend and starts each as a workflow of its own, within the limits. Never ends by itself. */
export async function buildDispatcher(input: DispatcherInput): Promise<void> {
  await nextRun<typeof buildDispatcher>(await dispatch('builds', input));
}
