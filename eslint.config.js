import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const namedExportsOnly = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name is what people search for.',
};

/**
 * Values that differ in a replay if a query ran ahead of the workflow task (docs/determinism.md). Times for texts and
 * lengths come from src/workflows/clock.ts; src/domain/event-budget.ts decides when to continue as new.
 */
const notReplayed = [
  'historyLength',
  'historySize',
  'continueAsNewSuggested',
  'suggestedContinueAsNewReasons',
  'targetWorkerDeploymentVersionChanged',
];
const noClocks = [
  {
    selector: 'MemberExpression[object.name="Date"][property.name="now"]',
    message: 'A clock: workflowMillis() of src/workflows/clock.ts, and never for what is scheduled.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'A clock: workflowTime() of src/workflows/clock.ts, and never for what is scheduled.',
  },
  { selector: 'CallExpression[callee.name="Date"]', message: 'A clock: workflowTime() of src/workflows/clock.ts.' },
  ...[
    `MemberExpression[property.name=/^(${notReplayed.join('|')})$/]`,
    `ObjectPattern > Property[key.name=/^(${notReplayed.join('|')})$/]`,
  ].map((selector) => ({ selector, message: 'Not the same in every replay: count with src/domain/event-budget.ts.' })),
];

const noBarePrinting = {
  selector: 'CallExpression[callee.property.name="write"][callee.object.property.name=/^(stdout|stderr)$/]',
  message: 'printLines() or printError() of src/cli/printing.ts.',
};

const nodeBuiltins = ['node:*', 'fs', 'path', 'os', 'child_process', 'crypto', 'http', 'https', 'net', 'process'];

const noLostCancels = {
  selector: 'CallExpression[callee.name="continueAsNew"]',
  message: 'It loses a cancel: nextRun() of src/workflows/next-run.ts.',
};

/** For code in the workflow sandbox: the bundler refuses node built-ins, but nothing else polices the environment. */
const notInSandbox = [
  { group: [...nodeBuiltins, 'execa', 'ssh2', 'pino'], message: 'Not in the workflow sandbox.' },
  {
    group: ['@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
    message: 'Not in the workflow sandbox.',
  },
];
const noBareCancellation = {
  ...{ name: '@temporalio/workflow', importNames: ['isCancellation'] },
  message: 'It takes what a dead worker leaves of a canceled activity for a failure: src/workflows/was-canceled.ts.',
};

const noLooseStarts = {
  selector:
    'CallExpression[callee.property.name=/^(start|signalWithStart|execute)$/][callee.object.property.name="workflow"]',
  message: 'Names and inputs that nobody checks: src/adapters/temporal/start-workflow.ts.',
};

const noLooseQueries = {
  selector: 'CallExpression[callee.property.name="query"][arguments.0.type=/^(Literal|TemplateLiteral)$/]',
  message: 'A name and an answer that nobody checks: the queries of src/contracts/messages.ts.',
};
const noLooseNames = [noLooseStarts, noLooseQueries];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.copr/**', '**/*.mjs', '**/*.cjs', 'eslint.config.js'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', namedExportsOnly],
    },
  },
  {
    files: ['src/**/*.ts', 'playground/**/*.ts', 'drill/**/*.ts', 'bench/**/*.ts'],
    ignores: ['src/adapters/temporal/start-workflow.ts'],
    rules: { 'no-restricted-syntax': ['error', namedExportsOnly, ...noLooseNames] },
  },
  {
    // A workflow's function must be readable at a glance: its parts are separate functions.
    files: ['src/workflows/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['src/workflows/**/*.ts', 'src/domain/**/*.ts', 'src/contracts/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: notInSandbox, paths: [noBareCancellation] }],
      'no-restricted-globals': ['error', 'process', 'fetch', 'crypto', 'setImmediate', 'Buffer'],
    },
  },
  {
    files: ['src/workflows/was-canceled.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: notInSandbox }] },
  },
  {
    // Activities and their ports deal with builds and projects; only an adapter knows where these are stored.
    files: ['src/activities/**/*.ts', 'src/ports/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:fs', 'node:fs/*', 'node:path', 'node:path/*', 'fs', 'fs/*', 'path', 'path/*'],
              message: 'A storage need not have files: name the place to a port, whose adapter knows where it lies.',
            },
          ],
        },
      ],
    },
  },
  {
    // One file reads the workflow's clock; any other use of a clock would sooner or later decide commands.
    files: ['src/workflows/**/*.ts', 'src/domain/**/*.ts'],
    // The second one compares tasks, and decides nothing in a workflow; the third hands over.
    ignores: ['src/workflows/clock.ts', 'src/workflows/ahead-of-task.ts', 'src/workflows/next-run.ts'],
    rules: {
      'no-restricted-syntax': ['error', namedExportsOnly, ...noClocks, noLostCancels],
      'no-restricted-globals': ['error', 'process', 'fetch', 'crypto', 'setImmediate', 'Buffer', 'performance'],
    },
  },
  {
    // Output of commands contains text from others: one place removes whatever would control a terminal.
    files: ['src/cli/**/*.ts', 'src/starters/**/*.ts', 'playground/commands/**/*.ts'],
    ignores: ['src/cli/printing.ts'],
    rules: { 'no-restricted-syntax': ['error', namedExportsOnly, noBarePrinting, ...noLooseNames] },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  prettier,
);
