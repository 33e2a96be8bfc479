import type { BuildFacts } from '../../contracts/build/build.js';

/** A service that predicts how long builds will take. Its predictions are written down; nothing depends on them. */
export type DurationForecast = {
  /** Asks for a prediction while the build goes on: never throws, and nothing waits for the answer. */
  readonly ask: (build: BuildFacts) => void;
};
