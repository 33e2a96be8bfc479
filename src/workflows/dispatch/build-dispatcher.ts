import type { DispatcherInput } from '../../contracts/inputs.js';
import { dispatch } from './dispatcher.js';

/** Takes builds from the frontend and starts a workflow for each, within the limits. Never ends by itself. */
export async function buildDispatcher(input: DispatcherInput): Promise<void> {
  await dispatch('builds', input);
}
