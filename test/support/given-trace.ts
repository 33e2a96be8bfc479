import fc from 'fast-check';
import type { Limits } from '../../src/contracts/dispatch/dispatch.js';
import type { Trace, TracedTask } from '../../src/simulation/trace.js';
import { givenLimits, givenTask } from './given-tasks.js';

export const FROM = Date.parse('2026-01-02T03:04:05.000Z');
const SECOND = 1000;

/**
 * A build that arrived `arrived` seconds after the beginning, was started `wait` seconds later, and ran for `took`
 * seconds.
 */
export function givenBuild(
  taskId: string,
  times: { readonly arrived: number; readonly wait?: number | null; readonly took?: number; readonly left?: number },
  owner = 'jdoe',
): TracedTask {
  const { arrived, wait = 0, took = 60, left } = times;
  const source = /^\d+$/.test(taskId);
  const chroot = source ? null : taskId.slice(taskId.indexOf('-') + 1);
  const started = wait === null ? null : FROM + (arrived + wait) * SECOND;
  return {
    facts: givenTask({ taskId, owner, source, chroot }),
    arrived: FROM + arrived * SECOND,
    started,
    ended: started === null ? null : started + took * SECOND,
    left: left === undefined ? null : FROM + left * SECOND,
  };
}

export function givenTrace(tasks: readonly TracedTask[], limits: Limits = givenLimits(2), pause = 5): Trace {
  const to = Math.max(FROM, ...tasks.map(({ arrived, ended }) => ended ?? arrived));
  return { from: FROM, to, settings: [{ at: FROM, limits, pause }], tasks };
}

/**
 * Traces of a queue that is sometimes too long: few owners and architectures, with sources and their RPM builds. Every
 * build takes some time: of two events at the same instant nobody could say which came first.
 */
export const traces: fc.Arbitrary<readonly TracedTask[]> = fc
  .array(
    fc.record({
      owner: fc.constantFrom('ann', 'bob', '@web'),
      arch: fc.constantFrom('x86_64', 'aarch64', 'i386'),
      source: fc.boolean(),
      arrived: fc.nat({ max: 600 }),
      wait: fc.nat({ max: 100 }),
      took: fc.integer({ min: 1, max: 300 }),
      family: fc.nat({ max: 30 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((builds) => {
    const seen = new Set<string>();
    return builds
      .flatMap((build, index) => {
        const taskId = build.source ? String(build.family) : `${build.family}-fedora-${index}-${build.arch}`;
        if (seen.has(taskId)) return [];
        seen.add(taskId);
        return [givenBuild(taskId, build, build.owner)];
      })
      .sort((a, b) => a.arrived - b.arrived);
  });
