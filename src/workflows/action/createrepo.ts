import { askManyRepositories } from './ask-repositories.js';
import type { CarryOut } from './execution.js';

/** Fresh metadata of every directory named; it goes on after one that failed. */
export const createrepo: CarryOut<'createrepo'> = (plan, context) => askManyRepositories(plan.requests, context);
