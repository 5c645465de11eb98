import { isPlainObject } from '../../domain/canonical/json-value.ts';
import { isSlicewiseError } from '../../domain/errors.ts';

/**
 * Any result as one line of JSON, its members in RFC 8785 order, so that the same result prints the same bytes.
 * Unlike `canonicalBytes` it refuses nothing: absent members are left out, and an error's details may hold the very
 * text that was refused (a lone surrogate, say), which is written as an escape.
 */
export function formatJson(value: unknown): string {
  return writeValue(value) ?? 'null';
}

/** The same over several lines, two spaces a level; what fits into `width` columns stays on one line. */
export function formatJsonPretty(value: unknown, width: number, indent = ''): string {
  const line = formatJson(value);
  if (indent.length + line.length <= width || !isContainer(value)) return line;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => deeper + formatJsonPretty(item, width, deeper));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  const members = membersOf(value).map(
    ([name, member]) => `${deeper}${JSON.stringify(name)}: ${formatJsonPretty(member, width, deeper)}`,
  );
  return `{\n${members.join(',\n')}\n${indent}}`;
}

function writeValue(value: unknown): string | undefined {
  if (isSlicewiseError(value)) return writeValue(value.toJSON());
  if (typeof value === 'bigint') return JSON.stringify(String(value));
  if (value instanceof Error) return JSON.stringify(value.message);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map((item) => writeValue(item) ?? 'null').join(',')}]`;
  if (!isContainer(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const [name, member] of membersOf(value)) {
    const written = writeValue(member);
    if (written !== undefined) members.push(`${JSON.stringify(name)}:${written}`);
  }
  return `{${members.join(',')}}`;
}

function isContainer(value: unknown): value is object {
  return Array.isArray(value) || isPlainObject(value);
}

function membersOf(value: object): [string, unknown][] {
  // RFC 8785 orders members by UTF-16 units, which is what `<` compares.
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
