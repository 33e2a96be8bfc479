import { fileURLToPath } from 'node:url';

/** The bundle that `npm run build` made: it lies at the root of the compiled tree. */
export function workflowBundlePath(): string {
  return fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
}
