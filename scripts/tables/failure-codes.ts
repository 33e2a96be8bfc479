import { FAILURES, type FailureActor } from '../../src/contracts/failures/failure-codes.js';
import { markdownTable } from './markdown-table.js';

const WHO: Readonly<Record<FailureActor, string>> = {
  user: 'the user',
  builder: 'who runs the builders',
  operator: 'the operator of the backend',
  frontend: 'who runs the frontend',
  storage: 'who runs the storage',
};

/** Every failure code with who must act and what it means. */
export function failureCodeTable(): string {
  const rows = Object.entries(FAILURES).map(([code, { actor, meaning }]) => [`\`${code}\``, WHO[actor], meaning]);
  return markdownTable(['code', 'who must act', 'meaning'], rows);
}
