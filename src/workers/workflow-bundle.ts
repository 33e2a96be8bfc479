import { fileURLToPath } from 'node:url';

/**
 * The bundle that `npm run build` made: it lies at the root of the compiled tree. The one with tracing has the same
 * workflows and the interceptors that make spans.
 */
export function workflowBundlePath(options: { readonly traced: boolean }): string {
  const name = options.traced ? 'workflow-bundle-traced.js' : 'workflow-bundle.js';
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}
