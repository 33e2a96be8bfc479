import { askManyRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';

/** Fresh metadata of every directory named; it goes on after one that failed. */
export const createrepo: Execute<'createrepo'> = (plan, context) => askManyRepositories(plan.requests, context);
