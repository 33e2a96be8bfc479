import type { DispatcherInput } from '../../contracts/inputs.js';
import { dispatch } from './dispatcher.js';
import { nextRun } from '../next-run.js';

/** Takes actions from the frontend and starts each as a workflow of its own. Never ends by itself. */
export async function actionDispatcher(input: DispatcherInput): Promise<void> {
  await nextRun<typeof actionDispatcher>(await dispatch('actions', input));
}
