import { CONTRACT_KINDS } from '../domain/contracts/registered-contract.ts';
import type { OptionSpec } from './global-options.ts';
import type { RunCommand } from './invocation.ts';

/** Every command: its usage, what it says about itself, and where its code lies, which is loaded when it runs. */
export interface CommandSpec {
  /** `admin upgrade`: two words are a command of a group. */
  readonly name: string;
  /** Commander's notation: `<required>`, `[optional]`, `<many...>`. */
  readonly positionals: readonly (readonly [notation: string, description: string])[];
  readonly options: readonly OptionSpec[];
  readonly summary: string;
  /** More for its help. */
  readonly description?: string;
  readonly examples: readonly string[];
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

const ENTITY_KEY = ['<entity-key>', '{entityType}#{entityId}, e.g. product#P1'] as const;
const RULE_SET = { flags: '--rule-set <ref>', description: 'the rule set, id@version' };
const READ_VERSION = {
  flags: '--version <n>',
  description: 'a version, or "active": the newest committed one',
  isRequired: true,
};
const REVISION = { flags: '--revision <r>', description: "exactly this revision (default: the version's newest)" };
const CONTRACT_REF = ['<contract-ref>', 'the contract, id@version'] as const;
const STATUSES = ['DRAFT', 'ACTIVE', 'DEPRECATED', 'ARCHIVED'];
const KIND = {
  flags: '--kind <kind>',
  description: 'of which kind, where several have a contract of that name',
  choices: CONTRACT_KINDS,
};
const BY = { flags: '--by <name>', description: 'who does it, for the audit (default: your user name)' };
const UNPROTECTED = {
  flags: '--unprotected',
  description: 'DynamoDB: no backups, deletion protection or streams; for a store that is thrown away',
};
const FILE_OR_STDIN = ['<file>', 'a file, or - for standard input'] as const;

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'validate',
    positionals: [],
    options: [],
    summary: 'check the contracts, and say what is wrong with each',
    examples: ['slicewise validate --contracts ./contracts'],
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'ingest',
    positionals: [['<file>', 'NDJSON or one JSON array, plain or gzip; - for standard input']],
    options: [
      { flags: '--schema <ref>', description: 'schema of the records that name none, id@version' },
      { flags: '--insert-only', description: 'put RawData only; `slicewise resume` slices it later' },
      { flags: '--rejects <file>', description: 'write there what was refused, with the reasons' },
      { flags: '--max-record-bytes <n>', description: 'refuse longer records (default: 16777216)' },
    ],
    summary: 'put versions of entities in, and slice them',
    description:
      'A record is {"entityKey":…,"version":n|"next","payload":{…}} or {…,"deleted":true}, and may name its "schema".\n' +
      'Running it again is safe: what is in already is counted as unchanged.',
    examples: [
      'slicewise ingest products.ndjson.gz --rejects rejects.ndjson',
      'jq -r .record rejects.ndjson | slicewise ingest -',
    ],
    load: () => import('./commands/ingest.ts'),
  },
  {
    name: 'changeset',
    positionals: [ENTITY_KEY, ['<from>', 'the version before; 0: nothing before'], ['<to>', 'the version after']],
    options: [{ ...RULE_SET, isRequired: true }],
    summary: 'compute and put the canonical diff of two consecutive versions',
    examples: ['slicewise changeset product#P1 1 2 --rule-set product-core@1.0.0'],
    load: () => import('./commands/changeset.ts'),
  },
  {
    name: 'slice',
    positionals: [ENTITY_KEY, ['<version>', 'the version to slice']],
    options: [
      { ...RULE_SET, isRequired: true },
      { flags: '--from <n>', description: 'INCREMENTAL from the version before; without it, FULL_REBUILD' },
    ],
    summary: 'build and commit the slices of one version',
    examples: ['slicewise slice product#P1 2 --rule-set product-core@1.0.0 --from 1'],
    load: () => import('./commands/slice.ts'),
  },
  {
    name: 'view',
    positionals: [['<view-ref>', 'the view, id@version'], ENTITY_KEY],
    options: [READ_VERSION, REVISION],
    summary: 'read a view of one version',
    examples: ['slicewise view product-card@1.0.0 product#P1 --version active'],
    load: () => import('./commands/view.ts'),
  },
  {
    name: 'explain',
    positionals: [ENTITY_KEY],
    options: [
      READ_VERSION,
      REVISION,
      { flags: '--slice <type>', description: 'explain this slice; needs --rule-set' },
      RULE_SET,
      { flags: '--view <ref>', description: 'explain every slice that this view reads' },
    ],
    summary: 'show where a slice or a view comes from: inputs, pins, contracts, hashes, reasons',
    examples: ['slicewise explain product#P1 --version active --view product-card@1.0.0'],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'versions',
    positionals: [ENTITY_KEY],
    options: [{ ...RULE_SET, description: 'its commits under this rule set, instead of its versions' }],
    summary: "list an entity's versions, or its commits under a rule set, newest first",
    examples: ['slicewise versions product#P1 --rule-set product-core@1.0.0'],
    load: () => import('./commands/versions.ts'),
  },
  {
    name: 'entities',
    positionals: [],
    options: [
      { flags: '--prefix <p>', description: 'only keys that begin so, e.g. product#' },
      {
        flags: '--state <s>',
        description: 'only entities in this pipeline state',
        choices: ['IDLE', 'BUILDING', 'READY', 'ACTIVE', 'FAILED'],
      },
    ],
    summary: "list a tenant's entities in key order",
    examples: ['slicewise entities --prefix product# --state FAILED'],
    load: () => import('./commands/entities.ts'),
  },
  {
    name: 'resume',
    positionals: [],
    options: [{ flags: '--retry-refused', description: 'slice again, too, what was refused before' }],
    summary: 'finish what a crash, a mended contract or --insert-only left owed',
    examples: ['slicewise resume --store ./catalogue.db'],
    load: () => import('./commands/resume.ts'),
  },
  {
    name: 'fan-out',
    positionals: [
      ['[entity-key]', '{entityType}#{entityId}, the entity that changed'],
      ['[from]', 'the version up to which everything has followed; 0: from the beginning'],
      ['[to]', 'its newest version'],
    ],
    options: [
      { flags: '--plan-only', description: 'show the plan, and build nothing' },
      { flags: '--out <file>', description: 'write the plan there as JSON, and build nothing' },
      { flags: '--plan <file>', description: 'apply this plan; - for standard input' },
    ],
    summary: 'let those that join an entity follow its changes',
    description:
      'Without versions, what is owed. First the plan is shown: who joined it, found by key, and whose slices change.\n' +
      'Stopping it is safe: the same command again goes on.',
    examples: [
      'slicewise fan-out brand#B1',
      'slicewise fan-out brand#B1 1 2 --out plan.json',
      'slicewise fan-out --plan plan.json',
    ],
    load: () => import('./commands/fan-out.ts'),
  },
  {
    name: 'index',
    positionals: [['<index-key>', 'IDX#{index_type}#{index_value}#{entity_type}, e.g. IDX#brand#B1#product']],
    options: [{ flags: '--sweep', description: 'list nobody, and delete what is stale' }],
    summary: 'list who is under a key of the inverted index, and whether that is so',
    description:
      'true: the newest commit bears it out. pending: written for a commit that is still to come.\n' +
      'stale: nothing bears it out any more; nobody trusts it.',
    examples: ['slicewise index IDX#brand#B1#product', 'slicewise index IDX#status#SOLD#product --sweep'],
    load: () => import('./commands/look-up-index.ts'),
  },
  {
    name: 'simulate',
    positionals: [['<files...>', 'records as for ingest; - for standard input']],
    options: [{ flags: '--schema <ref>', description: 'schema of the records that name none, id@version' }],
    summary: 'run records through the contracts, DRAFT ones too, and store nothing',
    description: 'All RawData first, then changesets, slices and views of every version, in memory.',
    examples: ['slicewise simulate brands.ndjson products.ndjson'],
    load: () => import('./commands/simulate.ts'),
  },
  {
    name: 'canonicalize',
    positionals: [FILE_OR_STDIN],
    options: [],
    summary: 'write the RFC 8785 bytes of a JSON document, and nothing else',
    examples: ['echo \'{"b":1.0,"a":2}\' | slicewise canonicalize -'],
    load: () => import('./commands/canonicalize.ts'),
  },
  {
    name: 'hash raw',
    positionals: [FILE_OR_STDIN],
    options: [{ flags: '--schema <ref>', description: 'the schema, id@version', isRequired: true }],
    summary: "the raw hash of a payload, in its schema's canonical form",
    examples: ['slicewise hash raw --schema product@1.0.0 product.json'],
    load: () => import('./commands/hash-raw.ts'),
  },
  {
    name: 'hash slice',
    positionals: [FILE_OR_STDIN],
    options: [{ ...RULE_SET, isRequired: true }],
    summary: 'the hash of a slice payload; null is a tombstone',
    examples: ['slicewise hash slice --rule-set product-core@1.0.0 slice.json'],
    load: () => import('./commands/hash-slice.ts'),
  },
  {
    name: 'hash contract',
    positionals: [['<file>', 'a contract, YAML or JSON']],
    options: [],
    summary: 'the hash of a contract, without its status',
    examples: ['slicewise hash contract contracts/product.schema.yaml'],
    load: () => import('./commands/hash-contract.ts'),
  },
  {
    name: 'json-schema',
    positionals: [['[kind]', `${CONTRACT_KINDS.join(', ')} (default: whatever kind it is)`]],
    options: [],
    summary: 'what a contract looks like, as a JSON Schema for editors',
    examples: ['slicewise json-schema > contract.schema.json', 'slicewise json-schema RuleSet'],
    load: () => import('./commands/json-schema.ts'),
  },
  {
    name: 'contracts derive',
    positionals: [['[rule-set-ref]', 'the rule set, id@version (default: all that are not ARCHIVED)']],
    options: [
      { flags: '--write', description: 'change the files; without it, only show what would be changed' },
      { flags: '--check', description: 'exit code 1 where something is to be added' },
      {
        flags: '--indexes <places...>',
        description: 'declare indexes as well: SLICE.path, or TYPE=SLICE.path to name one',
      },
    ],
    summary: 'add what the impactMap and joinImpact of rule sets lack to be sound',
    description:
      'The fewest entries that load: what no slice reads gets `slices: []`. Nothing is removed, and the rest of a file stays\n' +
      'as it is, comments too. What an entry names needlessly is reported.',
    examples: [
      'slicewise contracts derive',
      'slicewise contracts derive product-core@1.4.0 --write',
      'slicewise contracts derive product-core@1.4.0 --indexes PRODUCT_CORE.status "tag=PRODUCT_CORE.tags[*]"',
    ],
    load: () => import('./commands/contracts-derive.ts'),
  },
  {
    name: 'contracts publish',
    positionals: [['[files...]', 'contracts, YAML or JSON (default: all of --contracts)']],
    options: [BY],
    summary: 'put contracts into a registry, all of them or none',
    description:
      'What may run is checked first, as `validate` does. The same content again is unchanged; a published version never\n' +
      'changes but for its status.',
    examples: ['slicewise contracts publish --contracts ./contracts --registry postgres://db.example/catalogue'],
    load: () => import('./commands/contracts-publish.ts'),
  },
  {
    name: 'contracts list',
    positionals: [],
    options: [
      { flags: '--kind <kind>', description: 'only of this kind', choices: CONTRACT_KINDS },
      { flags: '--status <s>', description: 'only in this status', choices: STATUSES },
    ],
    summary: 'list the contracts of a registry',
    examples: ['slicewise contracts list --status ACTIVE --registry postgres://db.example/catalogue'],
    load: () => import('./commands/contracts-list.ts'),
  },
  {
    name: 'contracts show',
    positionals: [CONTRACT_REF],
    options: [KIND],
    summary: 'show a contract of a registry, and who changed it',
    examples: ['slicewise contracts show product-core@1.3.0 --registry postgres://db.example/catalogue'],
    load: () => import('./commands/contracts-show.ts'),
  },
  {
    name: 'contracts deprecate',
    positionals: [CONTRACT_REF],
    options: [KIND, BY],
    summary: 'let a contract run only where that is allowed, with a warning',
    examples: ['slicewise contracts deprecate product-core@1.2.0 --registry postgres://db.example/catalogue'],
    load: () => import('./commands/contracts-deprecate.ts'),
  },
  {
    name: 'contracts archive',
    positionals: [CONTRACT_REF],
    options: [KIND, BY],
    summary: 'let a contract run nowhere any more, for good',
    examples: ['slicewise contracts archive product-core@1.1.0 --registry postgres://db.example/catalogue'],
    load: () => import('./commands/contracts-archive.ts'),
  },
  {
    name: 'admin create-tables',
    positionals: [],
    options: [UNPROTECTED],
    summary: 'make the tables of a store on a server, and of its contract registry',
    description: 'Running it again is safe: what is there stays. For a store in a file nothing need be made.',
    examples: [
      'slicewise admin create-tables --store postgres://db.example/catalogue',
      'slicewise admin create-tables --store dynamodb://eu-west-1/shop-',
    ],
    load: () => import('./commands/admin-create-tables.ts'),
  },
  {
    name: 'admin check',
    positionals: [],
    options: [UNPROTECTED],
    summary: 'say what about a store is not as it should be: its format, its tables, its file',
    description:
      'A file is read whole and checked for damage; tables on a server are compared with what `admin create-tables` makes.\n' +
      'A registry in a database is looked at likewise, and a payload store that is named is asked whether it answers.',
    examples: ['slicewise admin check', 'slicewise admin check --store dynamodb://eu-west-1/shop-'],
    load: () => import('./commands/admin-check.ts'),
  },
  {
    name: 'admin upgrade',
    positionals: [],
    options: [],
    summary: 'bring a store that an older slicewise wrote to the format of this one',
    examples: ['slicewise admin upgrade --store ./catalogue.db'],
    load: () => import('./commands/admin-upgrade.ts'),
  },
  {
    name: 'admin reindex',
    positionals: [['<rule-set-ref>', 'the rule set whose entries are put, id@version']],
    options: [
      { flags: '--mark-only', description: 'only say that entries may be gone, and put none' },
      { flags: '--go-on', description: 'from where it was stopped; only if nothing was lost since' },
    ],
    summary: "rebuild a rule set's entries in a tenant's inverted index",
    description:
      'For an index that lost entries: a backup restored in parts, a mistake. Others may go on writing. Until it is done,\n' +
      "fan-outs do without the index, or stay owed, as each join's onIndexMissing says.",
    examples: ['slicewise admin reindex product-core@1.3.0 --tenant acme'],
    load: () => import('./commands/admin-reindex.ts'),
  },
  {
    name: 'admin gc',
    positionals: [],
    options: [
      { flags: '--payloads', description: 'only large payloads that no version refers to' },
      { flags: '--slices', description: 'only slices that no commit names' },
      { flags: '--dry-run', description: 'count, and delete nothing' },
      { flags: '--older-than <age>', description: 'spare what is younger: 90s, 15m, 24h, 7d (default: 24h)' },
      { flags: '--cursor <cursor>', description: 'where a stopped one said that it goes on' },
    ],
    summary: 'delete what crashed or refused writes left behind',
    description: 'Others may go on writing. What is referred to is never deleted, however short the age is.',
    examples: ['slicewise admin gc --dry-run', 'slicewise admin gc --slices --older-than 7d --tenant acme'],
    load: () => import('./commands/admin-gc.ts'),
  },
  {
    name: 'admin erase',
    positionals: [ENTITY_KEY],
    options: [
      { flags: '--reason <text>', description: 'why; it is recorded, so name nobody', isRequired: true },
      { flags: '--by <name>', description: 'who ordered it; it is recorded (default: the user of this process)' },
      { flags: '--dry-run', description: 'count, and change nothing' },
    ],
    summary: 'delete an entity and take its content out of every record; hashes stay',
    description:
      'Copies that others took from it by joining it go as well; whoever reads what was erased hears so. Running it again\n' +
      'is safe, and goes on where it was stopped. It cannot be undone.',
    examples: ['slicewise admin erase customer#C1 --reason "request 4711" --by privacy-desk'],
    load: () => import('./commands/admin-erase.ts'),
  },
  {
    name: 'admin erasures',
    positionals: [['[entity-key]', 'of this entity alone (default: of all that the tenant has)']],
    options: [],
    summary: 'list who ordered what to be erased, when and why, and what came of it',
    examples: ['slicewise admin erasures', 'slicewise admin erasures customer#C1 --tenant acme'],
    load: () => import('./commands/admin-erasures.ts'),
  },
];

export const GROUPS: Readonly<Record<string, string>> = {
  contracts: 'complete contracts, publish them into a registry, and look after them',
  hash: 'compute the hashes that the runtime computes',
  admin: 'look after a store',
};
