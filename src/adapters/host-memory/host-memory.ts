import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Builder } from '../../contracts/build/build.js';
import { isFailureCode } from '../../contracts/failures/failure-codes.js';
import { avoidedUntil, HostRecord, type Machine } from '../../domain/build/host-record.js';
import { hostName, poolName, tagsName } from '../../domain/build/machine.js';
import { PoolTrouble, WINDOW_MINUTES, type TroubleChange } from '../../domain/build/pool-trouble.js';
import type { HostMemory } from '../../ports/build/host-memory.js';
import { writeFileAtomic } from '../files/atomic-file.js';

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/** A pool that had no better machine is not asked again for this long. */
const IN_VAIN_MS = 60_000;
/** Changes within this time go into one write. */
const GATHER_MS = 500;
/** Interval of checks that end a pool's trouble even if nothing happens there any more. */
const LOOK_MS = 60_000;
/** A thousand entries are 150 KB. */
const MAX_FILE = 2 * 1024 * 1024;

const Entries = z.record(
  z.string().max(400),
  z.object({
    times: z.int().min(0),
    code: z.string().refine((code) => isFailureCode(code), 'no failure code'),
    changed: z.number(),
  }),
);

/**
 * The memory of one worker process, kept in `file` for the next one. Workers that share the file learn from each other
 * when they write. If the file cannot be read or written, only the memory is lost, never a build.
 */
export function createHostMemory(options: {
  readonly file: string;
  readonly log: Log;
  readonly now?: () => number;
}): HostMemory & {
  /** Resolves when the earlier memory has been read; nobody has to wait for it. */
  readonly loaded: Promise<void>;
  /** Writes pending changes and ends the timers. */
  readonly close: () => Promise<void>;
} {
  const { file, log, now = Date.now } = options;
  const hosts = new HostRecord();
  const pools = new PoolTrouble();
  const inVain = new Map<string, number>();
  const closing = new AbortController();
  let writes: Promise<void> = Promise.resolve();
  let isDue = false;
  let isFailing = false;

  const loaded = readEntries();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  function look(): void {
    for (const change of pools.look(now())) say(log, change);
  }

  async function readEntries(): Promise<void> {
    try {
      const text = await readFile(file, 'utf8');
      if (text.length > MAX_FILE) throw new Error(`it is larger than ${MAX_FILE} bytes`);
      hosts.merge(Entries.parse(JSON.parse(text)));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      log.warn({ file, err: error }, 'the memory of builder hosts cannot be read; it starts empty');
    }
  }

  /** One write at a time; later changes go into the next. */
  function save(): void {
    if (isDue) return;
    isDue = true;
    writes = writes.then(async () => {
      await sleep(GATHER_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      isDue = false;
      await write();
    });
  }

  async function write(): Promise<void> {
    await readEntries();
    try {
      await writeFileAtomic(file, `${JSON.stringify(hosts.entries(now()))}\n`);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ file, err: error }, 'the memory of builder hosts cannot be written');
      isFailing = true;
    }
  }

  return {
    loaded,
    failed: (builder, facts, code) => {
      hosts.failed(machineOf(builder), facts.chroot, code, now());
      pools.failed(poolName(builder, facts.tags), hostName(builder), code, now());
      look();
      save();
    },
    succeeded: (builder, facts) => {
      pools.succeeded(poolName(builder, facts.tags), now());
      look();
      if (hosts.succeeded(machineOf(builder), facts.chroot, now())) save();
    },
    suspicion: (builder, facts) => hosts.suspicion(machineOf(builder), facts.chroot, now()),
    noOther: (tags) => {
      for (const [name, until] of inVain) if (until <= now()) inVain.delete(name);
      inVain.set(tagsName(tags), now() + IN_VAIN_MS);
    },
    isWorthAsking: (tags) => (inVain.get(tagsName(tags)) ?? 0) <= now(),
    report: () => {
      look();
      return {
        pools: pools.reports(),
        avoided: hosts.avoided(now()).map(({ host, only, entry }) => ({
          ...{ host, only, code: entry.code, times: entry.times },
          until: new Date(avoidedUntil(entry)).toISOString(),
        })),
      };
    },
    close: async () => {
      clearInterval(timer);
      closing.abort();
      await loaded;
      await writes;
    },
  };
}

function machineOf(builder: Pick<Builder, 'host' | 'port' | 'name'>): Machine {
  return { host: hostName(builder), name: builder.name };
}

function say(log: Log, { kind, report }: TroubleChange): void {
  const fields = { ...report, windowMinutes: WINDOW_MINUTES };
  if (kind === 'began') {
    const advice =
      'look at the pool in Resalloc and at the named hosts; builds go on elsewhere, and fail after three builders';
    log.warn({ ...fields, advice }, 'builders of a pool fail more often than a pool should');
  } else {
    log.info(fields, 'builders of a pool work again');
  }
}
