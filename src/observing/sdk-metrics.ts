import { createServer, type AddressInfo } from 'node:net';
import type { TelemetryOptions } from '@temporalio/worker';
import { oneLine } from '../domain/plain-text.js';

/** From a very short stage to a build of days, in seconds. */
const STAGE_BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];
const TIMEOUT_MS = 3000;

/** The SDK's own exporter: on a loopback port known only to this process, and read whenever our metrics are read. */
export type SdkMetrics = {
  readonly telemetry: NonNullable<TelemetryOptions['metrics']>;
  /** Prometheus text; a comment with the reason if the exporter does not answer. */
  readonly text: () => Promise<string>;
};

export async function createSdkMetrics(): Promise<SdkMetrics> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  return {
    telemetry: {
      prometheus: {
        bindAddress,
        countersTotalSuffix: true,
        unitSuffix: true,
        useSecondsForDurations: true,
        histogramBucketOverrides: { copr_build_stage_seconds: STAGE_BUCKETS, copr_action_stage_seconds: STAGE_BUCKETS },
      },
    },
    text: async () => {
      try {
        const answer = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        return await answer.text();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return `# the Temporal SDK's own metrics are missing: ${oneLine(why)}\n`;
      }
    },
  };
}

/** The exporter cannot report its port, so a free one is found first. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0, exclusive: true }, resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
