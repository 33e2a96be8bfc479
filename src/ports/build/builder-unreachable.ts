import { PortFailure } from '../port-failure.js';

/** ssh cannot reach a builder (code `BuilderUnreachable`). */
export class BuilderUnreachable extends PortFailure {
  /** The machine or the network refused (connection refused, no route to the host), rather than staying silent. */
  readonly refused: boolean;

  constructor(
    message: string,
    options: { readonly retryable?: boolean; readonly refused?: boolean; readonly cause?: unknown } = {},
  ) {
    super('BuilderUnreachable', message, options);
    this.refused = options.refused ?? false;
  }
}
