import { describe, expect, it } from 'vitest';
import * as yaml from 'yaml';
import { editContract } from '../../../src/adapters/files/contract-edit/edit-contract.ts';
import { type ListAddition, withAdditions } from '../../../src/domain/contracts/list-addition.ts';
import { adding, edit, REF } from './additions.ts';

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
