import { endTemporal } from '../../test/support/temporal.js';
import type { Drill } from '../drill.js';
import { readOptions } from '../with-options.js';
import { ACTION_KINDS } from './kinds.js';
import { killAtBoundaries, type BoundaryOutcome } from './kill-at-boundaries.js';
import { givenTemplate } from './run-action.js';

const HELP = `npm run drill -- actions [--kind NAME]… [--json]

Carries out each kind of action with a worker that is killed at one boundary of its activities, before it begins and when it is
done and Temporal does not know, one boundary after the other; the results tree must be the same as without.

Kinds: ${ACTION_KINDS.map(({ name }) => name).join(', ')}
`;

/** `npm run drill -- actions`: every action survives the death of its worker at every step. */
export const actionsDrill: Drill = {
  name: 'actions',
  summary: 'each kind of action, its worker killed at every boundary of its activities',
  async run(args, say) {
    const { values } = readOptions(args, {
      kind: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const unknown = values.kind.find((name) => !ACTION_KINDS.some((kind) => kind.name === name));
    if (unknown !== undefined) throw new Error(`no kind of action is called ${unknown}; see --help`);
    const kinds = ACTION_KINDS.filter(({ name }) => values.kind.length === 0 || values.kind.includes(name));
    const outcomes: BoundaryOutcome[] = [];
    const template = await givenTemplate();
    try {
      for (const kind of kinds) outcomes.push(...(await killAtBoundaries(template, kind, say)));
    } finally {
      await template.remove();
      await endTemporal();
    }
    const wrong = outcomes.filter(({ differences }) => differences.length > 0);
    const lines = wrong.map(({ kind, dieAt, differences }) => `${kind}, ${dieAt}: ${differences.join('; ')}`);
    const text = [`${outcomes.length} boundaries of ${kinds.length} kinds, ${wrong.length} not as without`, ...lines];
    process.stdout.write(values.json ? `${JSON.stringify(outcomes)}\n` : `${text.join('\n')}\n`);
    return wrong.length === 0 ? 0 : 1;
  },
};
