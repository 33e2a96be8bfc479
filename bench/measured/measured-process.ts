import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that does one piece of work at a time, and says what it took. */
export type MeasuredProcess<Work, Cost> = {
  readonly run: (work: Work) => Promise<Cost>;
  readonly end: () => Promise<void>;
};

/** Answers each line of JSON on standard input with one on standard output: the other end of startMeasuredProcess. */
export async function answerWork(perform: (work: unknown) => Promise<object>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await perform(JSON.parse(line)))}\n`);
}

/** Starts the module `file` in a process of its own, so that nothing of the bench is in its memory or CPU time. */
export function startMeasuredProcess<Work, Cost>(
  file: string,
  options: {
    readonly args: readonly string[];
    readonly env: NodeJS.ProcessEnv;
    readonly defer: (cleanUp: () => Promise<void>) => void;
  },
): MeasuredProcess<Work, Cost> {
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, file, ...options.args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: options.env,
  });
  const gone = once(child, 'exit');
  if (child.stdin === null || child.stdout === null) throw new Error('no pipes');
  const { stdin } = child;
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await gone;
  };
  options.defer(end);
  return {
    run: async (work) => {
      stdin.write(`${JSON.stringify(work)}\n`);
      const answer: IteratorResult<string, undefined> = await answers.next();
      if (answer.done === true) throw new Error('the measured process ended');
      return JSON.parse(answer.value) as Cost;
    },
    end,
  };
}
