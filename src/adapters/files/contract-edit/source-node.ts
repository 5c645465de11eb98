import type { Pair, ParsedNode, YAMLMap, YAMLSeq } from 'yaml';
import type { Yaml } from '../contract-files-yaml.ts';
import type { StyleSource } from './entry-style.ts';

/** Nodes of a parsed contract, and where they lie in its text. */

export type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type SeqNode = YAMLSeq.Parsed<ParsedNode>;
export type MemberNode = Pair<ParsedNode, ParsedNode | null>;

/** A contract in its file's text. */
export interface ContractSource extends StyleSource {
  readonly contents: MapNode;
}

export function nodeAt({ yaml, contents }: ContractSource, tokens: readonly string[]): ParsedNode | null | undefined {
  let node: ParsedNode | null | undefined = contents;
  for (const token of tokens) {
    if (yaml.isMap(node)) node = memberOf(yaml, node, token)?.value;
    else node = yaml.isSeq(node) ? node.items[Number(token)] : undefined;
  }
  return node;
}

export function memberOf(yaml: Yaml, map: MapNode, name: string): MemberNode | undefined {
  return map.items.find(({ key }) => yaml.isScalar(key) && key.value === name);
}

/** Behind the last character of a value; comments and line breaks that follow it are not part of it. */
export function endOf(yaml: Yaml, node: ParsedNode): number {
  const isBlock = yaml.isCollection(node) && node.flow !== true;
  const last = isBlock ? node.items.at(-1) : undefined;
  if (last === undefined) return node.range[1];
  return yaml.isPair(last) ? endOfMember(yaml, last) : endOf(yaml, last);
}

export function endOfMember(yaml: Yaml, { key, value }: MemberNode): number {
  return endOf(yaml, value ?? key);
}
