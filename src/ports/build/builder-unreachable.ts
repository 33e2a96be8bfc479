import { PortFailure } from '../port-failure.js';

/** ssh does not get through to a builder (code `BuilderUnreachable`). */
export class BuilderUnreachable extends PortFailure {
  /** The machine or the network said no (connection refused, no route to the host) where others are silent. */
  readonly refused: boolean;

  constructor(
    message: string,
    options: { readonly retryable?: boolean; readonly refused?: boolean; readonly cause?: unknown } = {},
  ) {
    super('BuilderUnreachable', message, options);
    this.refused = options.refused ?? false;
  }
}
