import type { ParsedNode, YAMLMap } from 'yaml';
import { isPlainObject, type JsonValue } from '../../../domain/canonical/json-value.ts';
import { formatScalar } from '../../../domain/contracts/format-entry.ts';
import type { Yaml } from '../contract-files-yaml.ts';
import { columnAt, newlineOf } from './source-text.ts';

/** `inline`: `{ a: b }` or `[a, b]`; `spread`: the same over several lines; `block`: YAML's lines without brackets. */
export type Layout = 'inline' | 'spread' | 'block';

/** How the members of a list are written. */
export interface EntryStyle {
  readonly outer: Layout;
  /** Of lists and objects inside an entry. */
  readonly inner: Layout;
  /** Inside the braces of an inline object. */
  readonly padding: string;
  readonly quotesKeys: boolean;
  readonly quotesText: boolean;
  readonly quote: '"' | "'";
  /** One level of indentation. */
  readonly unit: string;
  /** How far a block inside an entry is indented. */
  readonly blockIndent: string;
  readonly newline: string;
}

type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;

export interface StyleSource {
  readonly yaml: Yaml;
  readonly text: string;
  readonly isJson: boolean;
}

/** As nothing in the document shows how: YAML's inline objects, quoted in JSON. */
export function defaultStyle({ text, isJson }: StyleSource, outer: Layout): EntryStyle {
  return {
    outer,
    inner: 'inline',
    padding: ' ',
    quotesKeys: isJson,
    quotesText: isJson,
    quote: '"',
    unit: /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ',
    blockIndent: '  ',
    newline: newlineOf(text),
  };
}

/** As an entry that is there is written. */
export function styleOf(source: StyleSource, sample: MapNode): EntryStyle {
  const { yaml, text, isJson } = source;
  const [start] = sample.range;
  const outer = layoutOf(text, sample);
  const nested = sample.items.find(({ value }) => yaml.isCollection(value) && value.items.length > 0);
  const inner = yaml.isCollection(nested?.value) ? layoutOf(text, nested.value) : 'inline';
  const scalars = [...sample.items.map(({ value }) => value), ...itemsOf(yaml, nested?.value)].filter(yaml.isScalar);
  const quotes = scalars.filter(({ type }) => type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE');
  return {
    ...defaultStyle(source, outer),
    inner,
    padding: outer !== 'inline' || text[start + 1] === ' ' ? ' ' : '',
    quotesKeys: isJson || sample.items.some(({ key }) => yaml.isScalar(key) && key.type !== 'PLAIN'),
    quotesText: isJson || (scalars.length > 0 && quotes.length === scalars.length),
    quote: !isJson && quotes.at(-1)?.type === 'QUOTE_SINGLE' ? "'" : '"',
    blockIndent: inner === 'block' && nested?.value ? blockIndentOf(text, nested.key, nested.value) : '  ',
  };
}

/** How far a block lies behind the key that it is the value of. */
export function blockIndentOf(text: string, key: ParsedNode, value: ParsedNode): string {
  return ' '.repeat(Math.max(0, columnAt(text, value.range[0]).length - columnAt(text, key.range[0]).length));
}

/** @param indent of the lines of the entry behind its first */
export function writeEntry(value: JsonValue, style: EntryStyle, indent: string): string {
  if (style.outer !== 'block' || !isPlainObject(value)) return writeValue(value, style.outer, style, indent);
  return writeMembers(value, style, indent).join(`${style.newline}${indent}`);
}

export function writeKey(name: string, { quotesKeys, quote }: EntryStyle): string {
  return quotesKeys ? quoteText(name, quote) : formatScalar(name);
}

/** A list in brackets, its items as entries. */
export function writeFlowList(
  items: readonly JsonValue[],
  style: EntryStyle,
  place: { readonly layout: Layout; readonly indent: string },
): string {
  const { layout, indent } = place;
  const deeper = layout === 'spread' ? indent + style.unit : indent;
  const written = items.map((item) => writeEntry(item, style, deeper));
  return inBrackets('[', written, ']', { ...place, style, padding: '' });
}

function writeMembers(value: object, style: EntryStyle, indent: string): readonly string[] {
  return Object.entries(value).map(([name, member]: [string, JsonValue]) => {
    const text = writeValue(member, style.inner, style, indent);
    return `${writeKey(name, style)}:${text.startsWith(style.newline) ? '' : ' '}${text}`;
  });
}

function writeValue(value: JsonValue, layout: Layout, style: EntryStyle, indent: string): string {
  if (Array.isArray(value)) return writeList(value, layout, style, indent);
  if (isPlainObject(value)) return writeObject(value, layout, style, indent);
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = formatScalar(value);
  return style.quotesText || plain !== value ? quoteText(value, style.quote) : plain;
}

function writeList(items: readonly JsonValue[], layout: Layout, style: EntryStyle, indent: string): string {
  if (items.length === 0) return '[]';
  if (layout === 'block') {
    const lead = `${style.newline}${indent}${style.blockIndent}`;
    return items.map((item) => `${lead}- ${writeValue(item, 'inline', style, indent)}`).join('');
  }
  const deeper = layout === 'spread' ? indent + style.unit : indent;
  const written = items.map((item) => writeValue(item, layout, style, deeper));
  return inBrackets('[', written, ']', { layout, indent, style, padding: '' });
}

function writeObject(value: object, layout: Layout, style: EntryStyle, indent: string): string {
  if (layout === 'block') {
    const deeper = indent + style.blockIndent;
    return writeMembers(value, style, deeper)
      .map((member) => `${style.newline}${deeper}${member}`)
      .join('');
  }
  const deeper = layout === 'spread' ? indent + style.unit : indent;
  return inBrackets('{', writeMembers(value, style, deeper), '}', { layout, indent, style, padding: style.padding });
}

function inBrackets(
  open: string,
  items: readonly string[],
  close: string,
  place: { readonly layout: Layout; readonly indent: string; readonly style: EntryStyle; readonly padding: string },
): string {
  const { layout, indent, style, padding } = place;
  if (layout !== 'spread') return `${open}${padding}${items.join(', ')}${padding}${close}`;
  const lead = `${style.newline}${indent}${style.unit}`;
  return `${open}${items.map((item) => lead + item).join(',')}${style.newline}${indent}${close}`;
}

/** Single quotes know no escapes. */
function quoteText(text: string, quote: '"' | "'"): string {
  return quote === "'" && /^[ -~]*$/.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

function layoutOf(text: string, node: ParsedNode): Layout {
  const [start, end] = node.range;
  if (!('flow' in node) || node.flow !== true) return 'block';
  return text.slice(start, end).includes('\n') ? 'spread' : 'inline';
}

function itemsOf(yaml: Yaml, node: ParsedNode | null | undefined): readonly unknown[] {
  return yaml.isSeq(node) ? node.items : [];
}
