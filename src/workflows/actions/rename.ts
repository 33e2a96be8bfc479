import type { CarryOut } from './carrying-out.js';

/** Refused: this backend does not know how to do it. */
export const rename: CarryOut<'rename'> = () =>
  Promise.resolve([{ code: 'ActionUnsupported', message: 'this backend does not do rename yet' }]);
