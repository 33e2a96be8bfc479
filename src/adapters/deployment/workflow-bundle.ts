import { fileURLToPath } from 'node:url';

/**
 * The bundle made by `npm run build`, at the root of the compiled tree. The one with tracing has the same workflows
 * plus the interceptors that make spans.
 */
export function workflowBundlePath(options: { readonly traced: boolean }): string {
  const name = options.traced ? 'workflow-bundle-traced.js' : 'workflow-bundle.js';
  return fileURLToPath(new URL(`../../../${name}`, import.meta.url));
}
