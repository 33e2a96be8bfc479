import { askManyRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';

/** Renews the metadata of every named directory; a failure does not stop the rest. */
export const createrepo: Execute<'createrepo'> = (plan, context) => askManyRepositories(plan.requests, context);
