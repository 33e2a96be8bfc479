import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PrunePlanFile } from '../../contracts/prune/prune.js';
import {
  parsePlanLine,
  pathOf,
  PlanLineError,
  type PlanLine,
  type PlannedRemoval,
} from '../../domain/prune/prune-plan.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { PrunePlans } from '../../ports/prune/prune-plans.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { digestOf, digestOfFile } from '../files/digest.js';
import { statOf } from '../files/entries.js';
import { makeDirectories } from '../files/make-directories.js';
import { createTreePaths } from '../file-tree/paths.js';

/** A paused run may wait for long; nobody reads its plan after that. */
const KEPT_MS = 90 * 86_400_000;

/** Plans at the top of the results tree, closed to the web server; no owner's name begins with a dot. */
export function createPrunePlans(deps: { readonly destdir: string; readonly now?: () => number }): PrunePlans {
  const { root, within } = createTreePaths(deps.destdir);
  const directory = path.join(root, '.prune');
  const now = deps.now ?? Date.now;

  const fileOf = (plan: PrunePlanFile): string => {
    if (!/^[0-9a-f]{64}$/.test(plan.sha256) || plan.file !== `${plan.sha256}.plan`) throw broken(plan, 'is not a plan');
    return path.join(directory, plan.file);
  };
  const reading = async <T>(plan: PrunePlanFile, work: (file: string) => Promise<T>): Promise<T> => {
    const file = fileOf(plan);
    try {
      return await within(`${file} cannot be read`, async () => {
        if ((await statOf(file))?.isFile() !== true) throw broken(plan, 'is gone');
        return work(file);
      });
    } catch (error) {
      if (error instanceof PlanLineError) throw broken(plan, `is not a plan: ${error.message}`);
      throw error;
    }
  };

  return {
    async keep(text) {
      const sha256 = digestOf(text);
      const plan = { file: `${sha256}.plan`, count: countRemovals(text), sha256 };
      return within(`${directory}: the plan cannot be written`, async () => {
        await makeDirectories(directory, { mode: 0o700, below: root });
        for (const name of await readdir(directory)) {
          const stats = await statOf(path.join(directory, name));
          if (stats !== null && stats.mtimeMs < now() - KEPT_MS) await rm(path.join(directory, name), { force: true });
        }
        await writeFileAtomic(path.join(directory, plan.file), text);
        return plan;
      });
    },

    verify: (plan) =>
      reading(plan, async (file) => {
        if ((await digestOfFile(file)) !== plan.sha256) throw broken(plan, 'differs from the one kept');
      }),

    part: (plan, at, wanted) =>
      reading(plan, async (file) => {
        let chroot = at.section === null ? null : await chrootAt(file, at.section);
        let section = at.section;
        const removals: PlannedRemoval[] = [];
        for await (const line of linesFrom(file, at.line)) {
          const parsed = parsePlanLine(line.text);
          const isOther = parsed.type === 'chroot' && removals.length > 0;
          if (chroot !== null && (isOther || (removals.length >= wanted && isAnotherBuild(removals, parsed))))
            return { chroot, removals, next: { section: isOther ? null : section, line: line.offset } };
          if (parsed.type === 'chroot') {
            chroot = parsed;
            section = line.offset;
          } else if (parsed.type === 'removal') {
            if (chroot === null || pathOf(chroot.repository) !== pathOf(parsed.repository))
              throw new PlanLineError(`${JSON.stringify(line.text.slice(0, 200))} does not follow its chroot line`);
            removals.push(parsed.removal);
          }
        }
        return chroot === null || removals.length === 0 ? null : { chroot, removals, next: null };
      }),

    finals: (plan) =>
      reading(plan, async (file) => {
        const chroots: string[] = [];
        for await (const { text } of linesFrom(file, 0)) {
          const line = parsePlanLine(text);
          if (line.type === 'final') chroots.push(line.chroot);
          else if (line.type === 'chroot') break;
        }
        return chroots;
      }),
  };
}

function countRemovals(text: string): number {
  return text.split('\n').filter((line) => parsePlanLine(line).type === 'removal').length;
}

/** Lines of one build stay together: its source package goes with its binaries. */
function isAnotherBuild(removals: readonly PlannedRemoval[], line: PlanLine): boolean {
  if (line.type !== 'removal') return false;
  return removals.at(-1)?.path.split('/')[0] !== line.removal.path.split('/')[0];
}

async function chrootAt(file: string, offset: number): Promise<Extract<PlanLine, { type: 'chroot' }>> {
  for await (const { text } of linesFrom(file, offset)) {
    const line = parsePlanLine(text);
    if (line.type === 'chroot') return line;
    break;
  }
  throw new PlanLineError(`there is no chroot line at byte ${offset}`);
}

/** The lines from a byte offset on, each with the offset at which it begins. */
async function* linesFrom(
  file: string,
  start: number,
): AsyncGenerator<{ readonly text: string; readonly offset: number }> {
  let rest = Buffer.alloc(0);
  let offset = start;
  for await (const chunk of createReadStream(file, { start })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let begin = 0;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, begin)) {
      yield { text: rest.toString('utf8', begin, end), offset: offset + begin };
      begin = end + 1;
    }
    offset += begin;
    rest = rest.subarray(begin);
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), offset };
}

function broken(plan: PrunePlanFile, why: string): PortFailure {
  return new PortFailure('PlanInvalid', `the plan ${plan.file} ${why}: make a new one`);
}
