import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { BuildFacts } from '../../contracts/build/build.js';
import { epochAndVersion } from '../../domain/build/package-version.js';
import { parseChroot } from '../../domain/names/chroot.js';
import { createAppendingFile } from '../../logging/appending-file.js';
import type { DurationForecast } from '../../ports/build/duration-forecast.js';
import { createHttpClient } from '../http/request.js';

/** Predicted minutes from which a powerful builder is worth it (docs/neighbours/rpmeta.md#predictions). */
const POWERFUL_MINUTES = 120;
const POWERFUL_TAG = 'on_demand_powerful';
/** Questions at the same time; more are not asked, because nobody waits for the answers. */
const AT_ONCE = 32;
const MAX_BYTES = 64 * 1024;

/** The builders of one architecture, as rpmeta was trained with. */
const Hardware = z.object({
  cpu_model_name: z.string(),
  cpu_arch: z.string(),
  cpu_model: z.union([z.string(), z.number()]),
  cpu_cores: z.number(),
  ram: z.number(),
  swap: z.number(),
});
const HardwarePools = z.record(z.string(), Hardware);
const Answer = z.object({ prediction: z.number() });

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/**
 * rpmeta (docs/neighbours/rpmeta.md#predictions). Each prediction is logged and becomes a line of `file`; a question without an
 * answer is logged. `close` gives up questions under way.
 */
export function createRpmeta(deps: {
  readonly url: string;
  readonly timeoutMs: number;
  /** YAML: the hardware of each architecture; read at each question. */
  readonly hardwareFile: string;
  readonly file: string;
  readonly log: Log;
}): DurationForecast & { readonly close: () => Promise<void> } {
  const { timeoutMs, log } = deps;
  const url = new URL(`${deps.url}/predict`);
  const http = createHttpClient({ timeoutMs });
  const lines = createAppendingFile(deps.file);
  const closing = new AbortController();
  const asking = new Set<Promise<void>>();

  return {
    ask: (build) => {
      if (closing.signal.aborted || build.kind !== 'rpm' || build.packageName === null) return;
      if (asking.size >= AT_ONCE) {
        log.warn({ atOnce: AT_ONCE }, 'rpmeta is not asked about this build: too many questions are open');
        return;
      }
      const question = predict(build)
        .catch((err: unknown) => {
          if (!closing.signal.aborted) log.warn({ rpmeta: url.host, err }, 'no prediction from rpmeta');
        })
        .finally(() => asking.delete(question));
      asking.add(question);
    },
    close: async () => {
      closing.abort();
      await Promise.all(asking);
      http.close();
      lines.close();
    },
  };

  async function predict(build: BuildFacts): Promise<void> {
    const hardware = await hardwareFor(parseChroot(build.chroot).arch);
    if (hardware === null) return;
    const answer = await http.request({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        package_name: build.packageName,
        ...epochAndVersion(build.packageVersion),
        mock_chroot: build.chroot,
        hw_info: hardware,
        configuration: { time_format: 'minutes' },
      }),
      maxBytes: MAX_BYTES,
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (answer.status === 404) {
      log.info({ package: build.packageName }, 'rpmeta does not know this package');
      return;
    }
    if (answer.status !== 200) throw new Error(`rpmeta answered with status ${answer.status}`);
    note(build, Answer.parse(JSON.parse(answer.body.toString('utf8'))).prediction);
  }

  function note(build: BuildFacts, prediction: number): void {
    const recommendsPowerful = prediction >= POWERFUL_MINUTES;
    const hasPowerfulTag = build.tags.includes(POWERFUL_TAG);
    log.info({ minutes: prediction, recommendsPowerful, hasPowerfulTag }, 'rpmeta predicts how long this build takes');
    const line = {
      build_id: build.buildId,
      prediction,
      recommends_powerful: recommendsPowerful,
      has_powerful_tag: hasPowerfulTag,
    };
    const err = lines.append(`${JSON.stringify(line)}\n`);
    if (err !== null) log.warn({ file: path.basename(deps.file), err }, 'a prediction of rpmeta was not written down');
  }

  async function hardwareFor(arch: string): Promise<z.output<typeof Hardware> | null> {
    const pools = HardwarePools.parse(parse(await readFile(deps.hardwareFile, 'utf8')));
    const hardware = Object.hasOwn(pools, arch) ? pools[arch] : undefined;
    return hardware?.cpu_arch === arch ? hardware : null;
  }
}

/** Without rpmeta nothing is asked. */
export const NO_FORECAST: DurationForecast & { readonly close: () => Promise<void> } = {
  ask: () => undefined,
  close: () => Promise.resolve(),
};
