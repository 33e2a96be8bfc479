/** `tsx bench/repo/main.ts [PACKAGES [REPETITIONS]]`: the measurement alone; prints one JSON object. */
import { measureRepository } from './measure-repository.js';

const [packages = '20000', repeat = '3'] = process.argv.slice(2);
const cleanUps: (() => Promise<void>)[] = [];
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
try {
  const measured = await measureRepository({
    packages: Number(packages),
    repeat: Number(repeat),
    say: (line) => void process.stderr.write(`${line}\n`),
    signal: interruption.signal,
    defer: (cleanUp) => void cleanUps.push(cleanUp),
  });
  process.stdout.write(`${JSON.stringify(measured.figures, null, 1)}\n`);
  for (const line of [...measured.notes, ...measured.faults]) process.stderr.write(`${line}\n`);
  if (measured.faults.length > 0) process.exitCode = 1;
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}
