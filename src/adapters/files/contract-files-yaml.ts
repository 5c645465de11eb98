import type { Document, Node, ParsedNode } from 'yaml';
import { parsePointer } from '../../domain/canonical/json-pointer.ts';
import type { LocatedProblem } from '../../domain/contracts/contract-problem.ts';
import type { RegisteredContract, SourcePosition } from '../../domain/contracts/registered-contract.ts';

export type Yaml = typeof import('yaml');

/** One file's text as contracts; what cannot be one is a problem. */
export interface ReadFile {
  readonly contracts: readonly RegisteredContract[];
  readonly problems: readonly LocatedProblem[];
}

/**
 * Reads YAML 1.2 with its core schema, one contract a document. What makes YAML ambiguous is refused: anchors,
 * aliases, tags, merge keys, duplicate keys, keys that are no text, other YAML versions (design: contracts).
 */
export function readYaml(yaml: Yaml, text: string, origin: string): ReadFile {
  const source = parseYaml(yaml, text);
  const problems: LocatedProblem[] = [];
  const contracts: RegisteredContract[] = [];
  for (const document of source.documents) {
    const flaws = flawsOf(yaml, document);
    problems.push(...flaws.map((flaw) => unreadable(origin, source.positionAt(flaw.offset), flaw)));
    if (flaws.length > 0 || isEmpty(yaml, document)) continue;
    const locate = (pointer: string) => locateIn(yaml, document, pointer, source.positionAt);
    contracts.push({ document: document.toJS(), origin, locate });
  }
  return { contracts, problems };
}

/** The place of a pointer in JSON text, which YAML's parser reads as well; `undefined` where it does not. */
export function locateInJson(yaml: Yaml, text: string, pointer: string): SourcePosition | undefined {
  const { documents, positionAt } = parseYaml(yaml, text);
  const [document] = documents;
  return document && locateIn(yaml, document, pointer, positionAt);
}

export function unreadable(
  origin: string,
  position: SourcePosition | undefined,
  { expected, found, advice }: Pick<LocatedProblem, 'expected' | 'found' | 'advice'>,
): LocatedProblem {
  const { line = null, column = null } = position ?? {};
  return { code: 'contract.unreadable', pointer: '', origin, line, column, expected, found, advice };
}

interface Flaw {
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}

interface YamlSource {
  readonly documents: readonly Document.Parsed[];
  readonly positionAt: (offset: number) => SourcePosition;
}

export function parseYaml(yaml: Yaml, text: string): YamlSource {
  const lines = new yaml.LineCounter();
  const parsed = yaml.parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: true,
    stringKeys: true,
    strict: true,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  // An empty stream is answered as one object that says so, with the errors in it.
  return { documents: 'empty' in parsed ? [] : parsed, positionAt };
}

function flawsOf(yaml: Yaml, document: Document.Parsed): readonly Flaw[] {
  const flaws: Flaw[] = document.errors.map((error) => ({
    offset: error.pos[0],
    expected: error.code === 'DUPLICATE_KEY' ? 'each key once' : 'YAML 1.2 with text as keys',
    found: error.code === 'DUPLICATE_KEY' ? 'a key twice' : (error.message.split('\n')[0] ?? ''),
    advice: error.code === 'DUPLICATE_KEY' ? 'Remove one of them.' : 'Mend the file.',
  }));
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.2') flaws.push(refused(0, `%YAML ${version}`, 'Remove the directive.'));
  yaml.visit(document, {
    Alias: (_, node) => void flaws.push(refused(offsetOf(node), `the alias *${node.source}`, 'Write the value out.')),
    Node: (_, node) => void flaws.push(...flawsOfNode(yaml, node)),
    Pair: (_, { key }) => {
      if (yaml.isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
        flaws.push(refused(offsetOf(key), 'a merge key (<<)', 'Write the members out.'));
      }
    },
  });
  return flaws.sort((left, right) => left.offset - right.offset);
}

function flawsOfNode(yaml: Yaml, node: Node): readonly Flaw[] {
  const flaws: Flaw[] = [];
  // The parser sets a tag only where the text has one.
  if (node.tag !== undefined) flaws.push(refused(offsetOf(node), `the tag ${node.tag}`, 'Remove the tag.'));
  if (!yaml.isAlias(node) && node.anchor !== undefined) {
    flaws.push(refused(offsetOf(node), `the anchor &${node.anchor}`, 'Write the value out where it is used.'));
  }
  return flaws;
}

function refused(offset: number, found: string, advice: string): Flaw {
  return { offset, expected: 'plain YAML without anchors, aliases, tags and merge keys', found, advice };
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function isEmpty(yaml: Yaml, { contents }: Document.Parsed): boolean {
  return contents === null || (yaml.isScalar(contents) && contents.value === null && contents.source === '');
}

/** The key of a member, the start of an item; of the nearest place above where there is none. */
function locateIn(
  yaml: Yaml,
  document: Document.Parsed,
  pointer: string,
  positionAt: (offset: number) => SourcePosition,
): SourcePosition | undefined {
  let node: ParsedNode | null = document.contents;
  let offset = node === null ? 0 : offsetOf(node);
  for (const token of parsePointer(pointer)) {
    if (yaml.isMap(node)) {
      const pair: { readonly key: Node; readonly value: ParsedNode | null } | undefined = node.items.find(
        (item) => yaml.isScalar(item.key) && String(item.key.value) === token,
      );
      if (pair === undefined) break;
      offset = offsetOf(pair.key);
      node = pair.value;
    } else if (yaml.isSeq(node)) {
      const item: ParsedNode | undefined = node.items[Number(token)];
      if (item === undefined) break;
      offset = offsetOf(item);
      node = item;
    } else break;
  }
  return positionAt(offset);
}
