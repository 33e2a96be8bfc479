import type { Subcommand } from '../subcommand.js';
import { measureUsage } from '../usage/measure-usage.js';
import { numberOption } from './number-option.js';

type Options = { readonly files: number; readonly repeat: number };

/** The space that results take on the disk: a round of analyze-results, compared with `du` on the same tree. */
export const analyzeSubcommand: Subcommand = {
  name: 'analyze',
  description: 'a round of analyze-results in a tree of many files, against du',
  options: (command) =>
    command
      .addOption(numberOption('--files <n>', 'how many files the results tree has, at least', 200_000))
      .addOption(numberOption('--repeat <n>', 'how often each is measured', 5)),
  run: (run, options) => measureUsage(run, options as Options),
};
