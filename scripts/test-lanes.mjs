/** Runs of mocha beside each other, with one result. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Begins mocha's account of what failed, which ends with the result. */
const FAILING = /^ +\d+ failing$/;
/** Lines of such accounts that are printed again: enough for twenty failures with their differences. */
const MAX_REPEATED = 400;
const RESULT = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/**
 * Runs Node once for each list of arguments, all at the same time. The first run's output is printed as it comes, each
 * other's when those before it have ended. If they are several, what failed is printed once more after all of them, and
 * `N passed, N failed` of all. Resolves with the highest exit status, at least 1 if a run ended without a result.
 */
export async function runLanes(lanes, { cwd, env, print = (line) => process.stdout.write(`${line}\n`) }) {
  const runs = lanes.map((args) => startLane(args, { cwd, env }));
  const sum = [0, 0, 0];
  const failed = [];
  let status = 0;
  for (const run of runs) {
    let failing = false;
    for await (const line of run.lines()) {
      print(line);
      failing = (failing || FAILING.test(line)) && !RESULT.test(line);
      if (failing) failed.push(line);
    }
    const { code, result } = await run.end;
    result?.forEach((count, index) => (sum[index] += count));
    status = Math.max(status, result === null ? Math.max(code, 1) : code);
    if (result === null) print(`a part of the tests ended without a result, with exit status ${code}`);
  }
  if (lanes.length > 1) {
    if (failed.length > 0) ['failed tests', ...failed.slice(0, MAX_REPEATED)].forEach((line) => print(line));
    const [passed, failures, skipped] = sum;
    print(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
  return status;
}

function startLane(args, { cwd, env }) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
  const kept = [];
  let result = null;
  let ended = false;
  let wake = () => undefined;
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      const counts = RESULT.exec(line);
      if (counts !== null) result = counts.slice(1).map((count) => Number(count ?? 0));
      kept.push(line);
      wake();
    })
    .on('close', () => {
      ended = true;
      wake();
    });
  const end = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop);
      resolve({ code: code ?? 1, result });
    });
  });
  async function* lines() {
    for (;;) {
      while (kept.length > 0) yield kept.shift();
      if (ended) return;
      await new Promise((resolve) => (wake = resolve));
    }
  }
  return { lines, end };
}
