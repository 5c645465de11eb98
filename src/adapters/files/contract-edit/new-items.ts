import type { JsonValue } from '../../../domain/canonical/json-value.ts';
import { blockIndentOf, type EntryStyle, writeEntry, writeFlowList, writeKey } from './entry-style.ts';
import {
  type ContractSource,
  endOf,
  endOfMember,
  type MapNode,
  type MemberNode,
  memberOf,
  type SeqNode,
} from './source-node.ts';
import { columnAt, indentationAt, lineEndAt, linePrefixAt, type Splice } from './source-text.ts';

/** Items on their way into a list of the text. */
export interface NewItems {
  readonly source: ContractSource;
  /** What has the list as a member. */
  readonly holder: MapNode;
  readonly items: readonly JsonValue[];
  readonly style: EntryStyle;
}

/** Behind the items of a list that has some. */
export function appendItems(list: NewItems, sequence: SeqNode): Splice {
  const { source, items, style } = list;
  const { yaml, text } = source;
  const last = sequence.items.at(-1) ?? sequence;
  const end = endOf(yaml, last);
  if (sequence.flow !== true) {
    const at = lineEndAt(text, end);
    return { start: at, end: at, text: writeBlockItems(list, columnAt(text, sequence.range[0])) };
  }
  const indent = indentationAt(text, last.range[0]);
  const written = items.map((item) => writeEntry(item, style, indent));
  return insertInFlow(list, { start: last.range[0], end, close: sequence.range[1] - 1 }, written);
}

/** Into a list that is empty, or where its key has no value. */
export function fillMember(list: NewItems, { key, value }: MemberNode): Splice {
  const { source, holder } = list;
  const { text } = source;
  const [start, end] = value === null ? [key.range[1], key.range[1]] : value.range;
  const inside = text.slice(start + 1, end - 1);
  // A comment in the brackets stays there.
  if (inside.includes('#')) return { start: end - 1, end: end - 1, text: writeInline(list) };
  if (holder.flow === true || !isOfEntries(list)) {
    const gap = /\s$/.test(text.slice(0, start)) ? '' : ' ';
    return { start, end, text: gap + writeFlow(list, key.range[0]) };
  }
  const before = text.slice(0, start).trimEnd().length;
  const lineEnd = lineEndAt(text, end);
  const indent = columnAt(text, key.range[0]) + sequenceIndent(source);
  const comment = text.slice(end, lineEnd).trim();
  const behindKey = comment === '' ? '' : ` ${comment}`;
  return { start: before, end: lineEnd, text: behindKey + writeBlockItems(list, indent) };
}

/** As a member that its holder does not have yet, behind the last of those that stand before it by convention. */
export function insertMember(list: NewItems, name: string, after: readonly string[]): Splice {
  const { source, holder, style } = list;
  const { yaml, text } = source;
  const anchor = after.map((each) => memberOf(yaml, holder, each)).findLast((member) => member !== undefined);
  const before = anchor ?? holder.items.at(-1);
  if (before === undefined) throw new Error(`A contract has members, and yet none is in front of ${name}.`);
  const start = before.key.range[0];
  const end = endOfMember(yaml, before);
  if (holder.flow === true) {
    const written = `${writeKey(name, style)}: ${writeFlow(list, start)}`;
    return insertInFlow(list, { start, end, close: holder.range[1] - 1 }, [written]);
  }
  const at = lineEndAt(text, end);
  const indent = columnAt(text, start);
  const isApart = yaml.isScalar(before.key) && before.key.spaceBefore === true;
  const lead = (isApart ? style.newline : '') + style.newline + indent;
  const items = writeBlockItems(list, indent + sequenceIndent(source));
  return { start: at, end: at, text: `${lead}${writeKey(name, style)}:${items}` };
}

function writeBlockItems({ items, style }: NewItems, indent: string): string {
  return items.map((item) => `${style.newline}${indent}- ${writeEntry(item, style, `${indent}  `)}`).join('');
}

/** @param key where the key starts that the list is the value of */
function writeFlow(list: NewItems, key: number): string {
  const { source, items, style } = list;
  const isAlone = linePrefixAt(source.text, key).trim() === '';
  const layout = isAlone && isOfEntries(list) ? 'spread' : 'inline';
  return writeFlowList(items, style, { layout, indent: indentationAt(source.text, key) });
}

/** Entries have lines of their own; slice types stand beside each other. */
function isOfEntries({ items }: NewItems): boolean {
  return items.some((item) => typeof item === 'object');
}

function writeInline({ items, style }: NewItems): string {
  return items.map((item) => writeEntry(item, { ...style, outer: 'inline', inner: 'inline' }, '')).join(', ');
}

/** The item or member behind which something is inserted, and the bracket that ends what holds both. */
interface FlowPlace {
  readonly start: number;
  readonly end: number;
  readonly close: number;
}

/** On lines of their own where the neighbour has one; a comment behind the neighbour stays beside it. */
function insertInFlow({ source: { text }, style }: NewItems, place: FlowPlace, written: readonly string[]): Splice {
  const { start, end, close } = place;
  const isAlone = linePrefixAt(text, start).trim() === '';
  if (!isAlone) return { start: end, end, text: written.map((item) => `, ${item}`).join('') };
  const lead = style.newline + indentationAt(text, start);
  const lineEnd = lineEndAt(text, end);
  const rest = /^[ \t]*(,?)[ \t]*(#.*)?$/.exec(text.slice(end, lineEnd));
  if (rest === null || lineEnd >= close)
    return { start: end, end, text: written.map((item) => `,${lead}${item}`).join('') };
  const [behind, comma] = rest;
  const items = written.map((item) => lead + item).join(',');
  return { start: end, end: lineEnd, text: `${comma === '' ? ',' : ''}${behind}${items}${comma}` };
}

/** How far the document's lists lie behind their keys. */
function sequenceIndent({ yaml, text, contents }: ContractSource): string {
  const slices = memberOf(yaml, contents, 'slices');
  if (!yaml.isSeq(slices?.value) || slices.value.flow === true) return '  ';
  return blockIndentOf(text, slices.key, slices.value);
}
