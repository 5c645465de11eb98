/**
 * The shape of the code, as rules. Each rule has one fixture under test/boundaries/fixture that breaks it, and a test
 * that says so. Types count like values: an `import type` is a dependency too.
 *
 * TypeScript 7 has no compiler API for this tool, so it parses with swc.
 */
import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser';

/** The stages of the domain, in the order in which data flows. A stage never imports a later one. */
export const STAGES = ['canonical', 'contracts', 'ingest', 'changeset', 'slice', 'inverted-index', 'view'];

/** Packages that only compute: no I/O, no clock, no randomness. */
const PURE_PACKAGES = 'node_modules/(ajv|ajv-formats|zod|json-p3)/';

const stageOrder = STAGES.slice(0, -1).map(
  (stage, index): IForbiddenRuleType => ({
    name: `stage-order-${stage}`,
    comment: `src/domain/${stage} never imports a later stage, not even through another file.`,
    severity: 'error',
    from: { path: `^src/domain/${stage}/` },
    to: { path: `^src/domain/(${STAGES.slice(index + 1).join('|')})/`, reachable: true },
  }),
);

const configuration: IConfiguration = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules form layers; a cycle means that two of them are one, or that a type lives in the wrong file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Every import names a file or a package that is there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'src-alone',
      comment: 'What is shipped never imports tests, benchmarks, examples or scripts.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    {
      name: 'declared-packages',
      comment: 'What is shipped imports only packages that a user gets: dependencies or peers, never dev dependencies.',
      severity: 'error',
      from: { path: '^src/' },
      // A peer that our tests need is a dev dependency as well.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'domain-imports-domain',
      comment: 'The domain knows no port, flow, adapter or command line.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/', pathNot: '^src/domain/' },
    },
    {
      name: 'domain-pure-packages',
      comment: 'The domain imports only packages that compute.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: 'node_modules/', pathNot: PURE_PACKAGES },
    },
    {
      name: 'domain-no-node-modules',
      comment: "The domain does no I/O: of Node's own modules only hashing, and that only where bytes are hashed.",
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '^src/domain/canonical/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'canonical-only-hashing',
      comment: "Of Node's own modules src/domain/canonical imports node:crypto alone.",
      severity: 'error',
      from: { path: '^src/domain/canonical/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    ...stageOrder,
    {
      name: 'ports-import-domain',
      comment: 'A port is an interface: it speaks of the domain and of nothing else.',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(domain|ports)/' },
    },
    {
      name: 'flows-import-domain-and-ports',
      comment: 'A flow loads, calls the domain and stores, through ports: it knows no adapter.',
      severity: 'error',
      from: { path: '^src/flows/' },
      to: { path: '^src/', pathNot: '^src/(domain|ports|flows)/' },
    },
    {
      name: 'flows-apart',
      comment: "A flow imports another flow's index.ts at most, never its inside.",
      severity: 'error',
      from: { path: '^src/flows/([^/]+)/' },
      to: { path: '^src/flows/[^/]+/', pathNot: ['^src/flows/$1/', '^src/flows/[^/]+/index\\.ts$'] },
    },
    {
      name: 'adapters-apart',
      comment: 'An adapter imports the domain, the ports and itself: never another adapter, never a flow.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/', pathNot: '^src/(domain|ports|adapters/$1)/' },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'The command line is the outermost layer.',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'entry-is-light',
      comment: 'Importing slicewise alone reaches no adapter; each has its own sub-path.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '(^src/adapters|node_modules/(commander|pino))/', reachable: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};

export default configuration;
