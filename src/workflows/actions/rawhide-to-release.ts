import type { CarryOut } from './carrying-out.js';

/** Refused: this backend does not know how to do it. */
export const rawhideToRelease: CarryOut<'rawhideToRelease'> = () =>
  Promise.resolve([{ code: 'ActionUnsupported', message: 'this backend does not do rawhide_to_release yet' }]);
