import type { DispatcherInput } from '../../contracts/inputs.js';
import { dispatch } from './dispatcher.js';

/** Takes actions from the frontend and starts a workflow for each. Never ends by itself. */
export async function actionDispatcher(input: DispatcherInput): Promise<void> {
  await dispatch('actions', input);
}
