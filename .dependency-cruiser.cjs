/** The arrows of docs/technical-description.md as rules: which part may import which. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'types too: two files that need each other to be read are one idea, or lack a third file',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain and contracts run inside the workflow sandbox: no I/O, no SDK but common and workflow',
      severity: 'error',
      from: { path: '^src/(domain|contracts)/' },
      to: {
        pathNot: '^(src/(domain|contracts)/|node_modules/(@temporalio/(common|workflow)|@noble/hashes|zod|yaml)/)',
      },
    },
    {
      name: 'workflows-see-types-of-activities-only',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { pathNot: '^(src/(workflows|domain|contracts)/|node_modules/@temporalio/(common|workflow)/)' },
    },
    {
      name: 'activities-know-ports-not-adapters',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^src/(adapters|workers|starters|cli|config|workflows|observing|tracing|simulation)/' },
    },
    {
      name: 'activities-parse-no-wire',
      comment: "a neighbour's records are parsed by its adapter; ports hand out typed values",
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^node_modules/zod/' },
    },
    {
      name: 'adapters-do-not-know-temporal',
      severity: 'error',
      from: { path: '^src/adapters/', pathNot: '^src/adapters/temporal/' },
      to: {
        path: '^(node_modules/@temporalio/|src/(activities|workflows|workers|starters|cli|config|observing|tracing|simulation)/)',
      },
    },
    {
      name: 'observing-watches-and-does-not-act',
      severity: 'error',
      from: { path: '^src/(observing|tracing)/' },
      to: { path: '^src/(activities|adapters|workflows|workers|starters|cli|config|simulation)/' },
    },
    {
      name: 'ports-are-types',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(ports|contracts|domain)/' },
    },
    {
      name: 'config-reads-and-knows-nobody-who-acts',
      comment: "the limits that a file sets are the domain's; what else it says is taken by workers and starters",
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/(config|contracts|domain|logging)/' },
    },
    {
      name: 'backoff-knows-nobody',
      comment: 'how a neighbour is waited for is one rule for all who wait; who is asked, and what is shown, they say',
      severity: 'error',
      from: { path: '^src/backoff/' },
      to: { path: '^(src/(?!backoff/)|node_modules/)' },
    },
    {
      name: 'simulation-is-calculation',
      comment: 'it replays what a poller recorded with the rules of the domain, and asks nobody',
      severity: 'error',
      from: { path: '^src/simulation/' },
      to: { path: '^src/', pathNot: '^src/(simulation|contracts|domain)/' },
    },
    {
      name: 'starters-answer-with-facts',
      comment:
        'they start, signal and ask workflows, whoever wants it: no words of a command line, no worker, no workflow code. ' +
        'Of the activities they know the planning of a prune and the maintenance jobs, which commands run on their own host',
      severity: 'error',
      from: { path: '^src/starters/' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(starters|contracts|domain|ports|adapters|config|logging)/|^src/activities/(prune/plan\\.ts$|maintenance/)',
      },
    },
    {
      name: 'cli-parses-and-prints',
      comment:
        "what Temporal is asked or told is a starter's; the two commands that are processes of the service run a worker " +
        'or the ticket clerk',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: {
        path: '^src/|^node_modules/@temporalio/',
        pathNot:
          '^src/(cli|starters|contracts|domain|ports|config|logging|simulation)/|^src/adapters/(?!temporal/)|' +
          // The job that an activity runs runs here in the foreground (decision 0063).
          '^src/activities/maintenance/|' +
          // If a configuration names no namespace, the profile's applies.
          '^src/adapters/temporal/profile\\.ts$|^src/workers/(main|run-ticket-clerk)\\.ts$',
      },
    },
    {
      name: 'workers-are-put-together-here-alone',
      comment: 'they see all, and are seen by the commands that run them; a rule that another floor needs is no wiring',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(workers|cli/service)/' },
      to: { path: '^src/workers/' },
    },
    {
      name: 'workers-print-and-ask-nothing',
      comment: 'a worker is no command: it logs, and what people ask of it comes through Temporal or its HTTP',
      severity: 'error',
      from: { path: '^src/workers/' },
      to: { path: '^src/(cli|starters|simulation)/' },
    },
    {
      name: 'drill-and-bench-drive-the-product-from-outside',
      comment:
        'they run its programs, and look with its starters, adapters and words: activities and workflow code run in ' +
        'workers alone',
      severity: 'error',
      from: { path: '^(drill|bench)/' },
      to: { path: '^(src/(activities|workflows|workers|cli|observing|tracing)|mutate|hosts)/' },
    },
    {
      name: 'bench-and-playground-do-not-know-the-drill',
      severity: 'error',
      from: { path: '^(bench|playground)/' },
      to: { path: '^(drill|mutate|hosts)/' },
    },
    {
      name: 'product-does-not-know-the-playground',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(playground|bench|drill|mutate|hosts|test)/' },
    },
    {
      name: 'execa-in-one-place',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/process/' },
      to: { path: 'node_modules/execa/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
