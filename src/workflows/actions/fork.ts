import type { CarryOut } from './carrying-out.js';

/** Refused: this backend does not know how to do it. */
export const fork: CarryOut<'fork'> = () =>
  Promise.resolve([{ code: 'ActionUnsupported', message: 'this backend does not do fork yet' }]);
