import type { Command } from 'commander';
import { CommandEnd, EXIT, type ActionView, type FrontendClient } from './frontend-client.js';
import { print, run, talking, type Where } from './run-command.js';

const LOOK_EACH_MS = 300;
const PATIENCE_MS = 60_000;

const STATUSES = `
Exit status: 0 asked for (with --wait: done), 1 with --wait: the backend failed, 2 refused or wrong usage, 4 frontend unreachable.
`;

const TYPES: Readonly<Record<number, string>> = {
  0: 'delete',
  1: 'rename',
  3: 'createrepo',
  4: 'update_comps',
  5: 'gen_gpg_key',
  6: 'rawhide_to_release',
  7: 'fork',
  9: 'build_module',
  11: 'remove_dirs',
};

export type ActionOptions = Where & { readonly wait?: boolean; readonly json?: boolean };

type Ask<T extends ActionOptions> = (
  client: FrontendClient,
  words: readonly string[],
  options: T,
) => Promise<readonly ActionView[]>;

/**
 * A command that requests something and prints the actions that the backend gets for it; with `--wait`, also how they
 * ended.
 */
export function asking<T extends ActionOptions>(name: string, description: string, ask: Ask<T>): Command {
  return talking(name, description)
    .option('--wait', 'until the backend has reported the actions')
    .option('--json', 'the actions as one JSON list')
    .addHelpText('after', STATUSES)
    .action((...given: unknown[]) => {
      // commander passes the arguments, then the options, then the command.
      const options = given.at(-2) as T;
      const words = given
        .slice(0, -2)
        .flat()
        .filter((word) => typeof word === 'string');
      return run(options, async (client) => {
        const asked = await ask(client, words, options);
        const seen = options.wait === true ? await untilReported(client, asked) : asked;
        if (options.json === true) print(JSON.stringify(seen));
        else say(seen);
        return seen.some(({ result }) => result === 2) ? EXIT.failed : EXIT.succeeded;
      });
    });
}

function say(actions: readonly ActionView[]): void {
  if (actions.length === 0) print('nothing for the backend to do');
  for (const action of actions) {
    const what = TYPES[action.action_type] ?? `type ${action.action_type}`;
    const how = ['waits for the backend', 'done', 'failed'][action.result] ?? 'unknown';
    print(`action ${action.id}, ${what}: ${how}${action.message === null ? '' : `: ${action.message}`}`);
  }
}

/** Polls until all are reported; tolerates a frontend that is away for less than a minute. */
async function untilReported(client: FrontendClient, asked: readonly ActionView[]): Promise<readonly ActionView[]> {
  const ended = new Map<number, ActionView>();
  let lastAnswer = Date.now();
  for (;;) {
    try {
      for (const { id } of asked) {
        if (ended.has(id)) continue;
        const action = await client.action(id);
        lastAnswer = Date.now();
        if (action.result !== 0) ended.set(id, action);
      }
    } catch (error) {
      const isOut = error instanceof CommandEnd && error.status === EXIT.unreachable;
      if (!isOut || Date.now() - lastAnswer > PATIENCE_MS) throw error;
    }
    if (ended.size === asked.length) return asked.map((action) => ended.get(action.id) ?? action);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EACH_MS));
  }
}
