import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as yaml from 'yaml';
import { editContract } from '../../../src/adapters/files/contract-edit/edit-contract.ts';
import type { JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { type ListAddition, withAdditions } from '../../../src/domain/contracts/list-addition.ts';

const REF = { id: 'rules', version: '1.0.0' };
const AFTER: Readonly<Record<string, readonly string[]>> = {
  impactMap: ['slices', 'joins'],
  joinImpact: ['joinProjection', 'missing', 'keyAbsent'],
  slices: ['path'],
  indexes: ['slices', 'joins', 'impactMap', 'onNoMatch'],
};

function adding(pointer: string, ...items: readonly JsonValue[]): ListAddition {
  return { pointer, items, after: AFTER[pointer.split('/').at(-1) ?? ''] ?? [] };
}

function isRules(document: unknown): document is JsonValue {
  return typeof document === 'object' && document !== null && 'id' in document && document.id === REF.id;
}

function edit(text: string, additions: readonly ListAddition[], origin = 'rules.yaml'): string {
  const document = yaml
    .parseAllDocuments(text)
    .map((each) => each.toJS())
    .find(isRules);
  if (document === undefined) throw new Error('no rules in the text');
  return editContract(yaml, text, origin, {
    kind: 'RuleSet',
    ref: REF,
    additions,
    completed: withAdditions(document, additions),
  });
}

const HEAD = `kind: RuleSet
id: rules
version: 1.0.0
`;
const TITLE = { path: 'title', slices: ['A', 'B'] };
const NOTE = { path: 'note', slices: [] };

interface Case {
  readonly why: string;
  readonly before: string;
  readonly additions: readonly ListAddition[];
  readonly after: string;
}

const yamlCases: readonly Case[] = [
  {
    why: 'puts an entry behind the last, and leaves comments where they are',
    before: `${HEAD}
# What concerns whom.
impactMap: # proved
  # first
  - { path: price,   slices: [A] } # aligned
  # behind the last
onNoMatch: FAIL_CLOSED   # as it was
`,
    additions: [adding('/impactMap', TITLE, NOTE)],
    after: `${HEAD}
# What concerns whom.
impactMap: # proved
  # first
  - { path: price,   slices: [A] } # aligned
  - { path: title, slices: [A, B] }
  - { path: note, slices: [] }
  # behind the last
onNoMatch: FAIL_CLOSED   # as it was
`,
  },
  {
    why: 'writes braces as tightly as its neighbours, and quotes as they do',
    before: `${HEAD}impactMap:\n- {path: 'price', slices: ['A']}\n`,
    additions: [adding('/impactMap', TITLE)],
    after: `${HEAD}impactMap:\n- {path: 'price', slices: ['A']}\n- {path: 'title', slices: ['A', 'B']}\n`,
  },
  {
    why: 'quotes what YAML would read otherwise',
    before: `${HEAD}impactMap:\n  - { path: price, slices: [A] }\n`,
    additions: [adding('/impactMap', { path: "variants[*]['odd name']", slices: ['NULL'] })],
    after: `${HEAD}impactMap:\n  - { path: price, slices: [A] }\n  - { path: "variants[*]['odd name']", slices: ["NULL"] }\n`,
  },
  {
    why: 'writes lines without braces where its neighbours have none',
    before: `${HEAD}impactMap:
  - path: price
    slices:
      - A # the only one
onNoMatch: IGNORE
`,
    additions: [adding('/impactMap', TITLE, NOTE)],
    after: `${HEAD}impactMap:
  - path: price
    slices:
      - A # the only one
  - path: title
    slices:
      - A
      - B
  - path: note
    slices: []
onNoMatch: IGNORE
`,
  },
  {
    why: 'adds slice types to an entry, whether it has some or none, in brackets or on lines',
    before: `${HEAD}impactMap:
  - { path: title, slices: [A] } # a title
  - { path: note, slices: [] }
  - { path: odd, slices: [ A, ] }
  - path: price
    slices:
    - A # the only one
  - path: status
    slices: [] # none yet
`,
    additions: [
      adding('/impactMap/0/slices', 'B', 'C'),
      adding('/impactMap/1/slices', 'A'),
      adding('/impactMap/2/slices', 'B'),
      adding('/impactMap/3/slices', 'B'),
      adding('/impactMap/4/slices', 'B'),
    ],
    after: `${HEAD}impactMap:
  - { path: title, slices: [A, B, C] } # a title
  - { path: note, slices: [A] }
  - { path: odd, slices: [ A, B, ] }
  - path: price
    slices:
    - A # the only one
    - B
  - path: status
    slices: [B] # none yet
`,
  },
  {
    why: 'makes the lists that are not there, where they belong',
    before: `${HEAD}
slices:
  - type: A # one
    joins: [brand]

joins:
  - name: brand
    joinProjection: { name: name } # its name
    missing: TOMBSTONE # it goes
    maxFanout: 10

# What happens otherwise.
onNoMatch: FAIL_CLOSED
`,
    additions: [adding('/joins/0/joinImpact', { path: 'name', slices: ['A'] }), adding('/impactMap', NOTE)],
    after: `${HEAD}
slices:
  - type: A # one
    joins: [brand]

joins:
  - name: brand
    joinProjection: { name: name } # its name
    missing: TOMBSTONE # it goes
    joinImpact:
      - { path: name, slices: [A] }
    maxFanout: 10

impactMap:
  - { path: note, slices: [] }

# What happens otherwise.
onNoMatch: FAIL_CLOSED
`,
  },
  {
    why: 'fills lists that are empty or have no value',
    before: `${HEAD}slices:
- type: A
joins:
- name: brand
  joinImpact: # to come
- name: other
  joinImpact: ~
impactMap: []   # none yet
`,
    additions: [
      adding('/joins/0/joinImpact', TITLE),
      adding('/joins/1/joinImpact', TITLE),
      adding('/impactMap', TITLE),
    ],
    after: `${HEAD}slices:
- type: A
joins:
- name: brand
  joinImpact: # to come
  - { path: title, slices: [A, B] }
- name: other
  joinImpact:
  - { path: title, slices: [A, B] }
impactMap: # none yet
- { path: title, slices: [A, B] }
`,
  },
  {
    why: 'keeps brackets where a list has them, on one line or on several',
    before: `${HEAD}joins: [{ name: brand, joinImpact: [{ path: name, slices: [A] }], maxFanout: 3 }, { name: other, missing: TOMBSTONE }]
impactMap: [
  { path: price, slices: [A] }, # a price
  { path: status, slices: [A] } # a status
]
`,
    additions: [
      adding('/joins/0/joinImpact', TITLE),
      adding('/joins/1/joinImpact', TITLE),
      adding('/impactMap', TITLE, NOTE),
    ],
    after: `${HEAD}joins: [{ name: brand, joinImpact: [{ path: name, slices: [A] }, { path: title, slices: [A, B] }], maxFanout: 3 }, { name: other, missing: TOMBSTONE, joinImpact: [{ path: title, slices: [A, B] }] }]
impactMap: [
  { path: price, slices: [A] }, # a price
  { path: status, slices: [A] }, # a status
  { path: title, slices: [A, B] },
  { path: note, slices: [] }
]
`,
  },
  {
    why: 'keeps a comment in brackets that hold nothing else',
    before: `${HEAD}impactMap: [ # to come\n  ]\n`,
    additions: [adding('/impactMap', TITLE, NOTE)],
    after: `${HEAD}impactMap: [ # to come\n  { path: title, slices: [A, B] }, { path: note, slices: [] }]\n`,
  },
  {
    why: 'edits the right document of several',
    before: `# first\nkind: RuleSet\nid: others\nversion: 1.0.0\nimpactMap: []\n---\n${HEAD}impactMap:\n  - { path: price, slices: [A] }\n---\nkind: RuleSet\nid: more\n`,
    additions: [adding('/impactMap', TITLE)],
    after: `# first\nkind: RuleSet\nid: others\nversion: 1.0.0\nimpactMap: []\n---\n${HEAD}impactMap:\n  - { path: price, slices: [A] }\n  - { path: title, slices: [A, B] }\n---\nkind: RuleSet\nid: more\n`,
  },
  {
    why: 'adds to a last line without a line break',
    before: `${HEAD}impactMap:\n  - { path: price, slices: [A] }`,
    additions: [adding('/impactMap', TITLE)],
    after: `${HEAD}impactMap:\n  - { path: price, slices: [A] }\n  - { path: title, slices: [A, B] }`,
  },
  {
    why: 'declares an index as lines, and as its neighbours are declared',
    before: `${HEAD}slices:\n  - type: A\nonNoMatch: IGNORE\n`,
    additions: [
      adding('/indexes', { type: 'status', selector: { path: 'tags[*]' }, indexKey: { format: 'IDX#{value}' } }),
      adding('/indexes', { type: 'brand', selector: { path: 'brand' }, shards: 3 }),
    ],
    after: `${HEAD}slices:
  - type: A
onNoMatch: IGNORE
indexes:
  - type: status
    selector: { path: "tags[*]" }
    indexKey: { format: "IDX#{value}" }
  - type: brand
    selector: { path: brand }
    shards: 3
`,
  },
];

describe('editing a contract in YAML', () => {
  it.each(yamlCases.map((each) => [each.why, each] as const))('%s', (_why, { before, additions, after }) => {
    expect(edit(before, additions)).toBe(after);
  });

  it('keeps the line breaks of Windows', () => {
    const [{ before, additions, after } = { before: '', additions: [], after: 'none' }] = yamlCases;
    const windows = (text: string): string => text.replaceAll('\n', '\r\n');
    expect(edit(windows(before), additions)).toBe(windows(after));
  });

  it('refuses a text that changed since it was read', () => {
    const text = `${HEAD}impactMap: []\n`;
    const additions = [adding('/impactMap', TITLE)];
    const completed = { ...REF, kind: 'RuleSet', impactMap: [NOTE, TITLE] };
    const late = () => editContract(yaml, text, 'rules.yaml', { kind: 'RuleSet', ref: REF, additions, completed });
    expect(late).toThrow(
      /RuleSet rules@1\.0\.0 in rules\.yaml: expected .+ add by hand:\n {4}\/impactMap: \[\{"path":/s,
    );
  });
});

describe('editing a contract in JSON', () => {
  const document = { kind: 'RuleSet', ...REF, slices: [{ type: 'A' }], onNoMatch: 'IGNORE' };
  const lists = { impactMap: [{ path: 'price', slices: ['A'] }] };
  const additions = [adding('/impactMap', TITLE)];

  it.each([2, 4, '\t', 0])('gives what JSON.stringify would, indented by %j', (indent) => {
    const before = JSON.stringify({ ...document, ...lists }, undefined, indent);
    const expected = JSON.stringify(withAdditions({ ...document, ...lists }, additions), undefined, indent);
    const after = edit(before, additions, 'rules.json');
    expect(indent === 0 ? JSON.stringify(JSON.parse(after)) : after).toBe(expected);
  });

  it('makes a list that is not there, where it belongs', () => {
    const before = JSON.stringify(document, undefined, 2);
    const after = edit(before, additions, 'rules.json');
    const { onNoMatch, ...start } = document;
    expect(after).toBe(
      JSON.stringify({ ...start, impactMap: [TITLE], onNoMatch }, undefined, 2).replace(
        '[\n        "A",\n        "B"\n      ]',
        '["A", "B"]',
      ),
    );
  });
});

const entries = fc.array(
  fc.record({
    path: fc.constantFrom('title', 'a.b', "$['odd: name']", 'tags[*]', '#', "it's", '{x}', ''),
    slices: fc.uniqueArray(fc.constantFrom('A', 'NULL', 'B_2'), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.oneof(value, fc.constant(undefined), fc.constant(null));
const ruleSets = fc
  .record({ impactMap: maybe(entries), joinImpact: maybe(entries), onNoMatch: fc.constantFrom('IGNORE', undefined) })
  .map(({ impactMap, joinImpact, onNoMatch }) => ({
    kind: 'RuleSet',
    ...REF,
    slices: [{ type: 'A', fields: { title: 'title' } }],
    joins: [{ name: 'brand', joinProjection: { name: 'name' }, joinImpact, maxFanout: 3 }],
    impactMap,
    onNoMatch,
  }))
  // As a file would hold it: without what is undefined.
  .map((document): Record<string, JsonValue> => JSON.parse(JSON.stringify(document)));
const styles = fc.record(
  {
    indent: fc.constantFrom(2, 4),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    flowCollectionPadding: fc.boolean(),
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    lineWidth: fc.constantFrom(40, 80, 0),
  },
  { requiredKeys: [] },
);

describe('editing contracts of every style', () => {
  it('gives the document with the additions in it', () => {
    const subject = fc.tuple(ruleSets, entries, fc.oneof(styles, fc.constantFrom('json', 'tight json')));
    fc.assert(
      fc.property(subject, ([document, items, style]) => {
        const additions = [adding('/impactMap', ...items), adding('/joins/0/joinImpact', ...items)];
        const isJson = typeof style === 'string';
        const before = isJson
          ? JSON.stringify(document, undefined, style === 'json' ? 2 : 0)
          : yaml.stringify(document, { ...style, version: '1.2' });
        // The package writes empty lists in block style where it does not read them itself.
        fc.pre(yaml.parseDocument(before).errors.length === 0);
        const after = edit(before, additions, isJson ? 'rules.json' : 'rules.yaml');
        expect(yaml.parse(after)).toEqual(withAdditions(document, additions));
      }),
    );
  });
});
