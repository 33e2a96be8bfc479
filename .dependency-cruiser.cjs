/** The arrows of docs/technical-description.md as rules: who may know whom. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
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
      to: { path: '^src/(adapters|workers|starters|config|workflows)/' },
    },
    {
      name: 'adapters-do-not-know-temporal',
      severity: 'error',
      from: { path: '^src/adapters/', pathNot: '^src/adapters/temporal/' },
      to: { path: '^(node_modules/@temporalio/|src/(activities|workflows|workers|starters|config))' },
    },
    {
      name: 'observing-watches-and-does-not-act',
      severity: 'error',
      from: { path: '^src/(observing|tracing)/' },
      to: { path: '^src/(activities|adapters|workflows|workers|starters|config)/' },
    },
    {
      name: 'ports-are-types',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(ports|contracts|domain)/' },
    },
    {
      name: 'product-does-not-know-the-playground',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(playground|bench|drill|mutate|test)/' },
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
