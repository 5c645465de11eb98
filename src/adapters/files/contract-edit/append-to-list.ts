import type { ParsedNode } from 'yaml';
import { parsePointer } from '../../../domain/canonical/json-pointer.ts';
import type { ListAddition } from '../../../domain/contracts/list-addition.ts';
import { defaultStyle, type EntryStyle, styleOf } from './entry-style.ts';
import { appendItems, fillMember, insertMember, type NewItems } from './new-items.ts';
import { type ContractSource, type MapNode, memberOf, nodeAt } from './source-node.ts';
import type { Splice } from './source-text.ts';

/** The changes of the text that append items to a list; none where what should hold the list is not there. */
export function appendToList(source: ContractSource, { pointer, items, after }: ListAddition): readonly Splice[] {
  const { yaml } = source;
  const tokens = parsePointer(pointer);
  const name = tokens.at(-1) ?? '';
  const holder = nodeAt(source, tokens.slice(0, -1));
  if (!yaml.isMap(holder)) return [];
  const list: NewItems = { source, holder, items, style: styleFor(source, holder, name) };
  const member = memberOf(yaml, holder, name);
  if (member === undefined) return [insertMember(list, name, after)];
  const { value } = member;
  return [yaml.isSeq(value) && value.items.length > 0 ? appendItems(list, value) : fillMember(list, member)];
}

/** As the neighbours are written; where there are none, as the entries of other impact lists. */
function styleFor(source: ContractSource, holder: MapNode, name: string): EntryStyle {
  if (name === 'slices') return styleOf(source, holder);
  const lists = [memberOf(source.yaml, holder, name)?.value, ...(name === 'indexes' ? [] : impactLists(source))];
  const sample = lists.map((list) => lastMap(source, list)).find((entry) => entry !== undefined);
  if (sample !== undefined) return styleOf(source, sample);
  const slice = lastMap(source, memberOf(source.yaml, source.contents, 'slices')?.value);
  if (source.isJson && slice !== undefined) return styleOf(source, slice);
  return defaultStyle(source, name === 'indexes' ? 'block' : 'inline');
}

function impactLists({ yaml, contents }: ContractSource): readonly (ParsedNode | null | undefined)[] {
  const joins = memberOf(yaml, contents, 'joins')?.value;
  const ofJoins = yaml.isSeq(joins)
    ? joins.items.map((join) => (yaml.isMap(join) ? memberOf(yaml, join, 'joinImpact')?.value : undefined))
    : [];
  return [memberOf(yaml, contents, 'impactMap')?.value, ...ofJoins];
}

function lastMap({ yaml }: ContractSource, list: ParsedNode | null | undefined): MapNode | undefined {
  const last = yaml.isSeq(list) ? list.items.at(-1) : undefined;
  return yaml.isMap(last) ? last : undefined;
}
