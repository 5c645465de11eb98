import { formatSelector } from './selector.ts';
import type { SelectorSegment } from './selector-model.ts';

/** An entry of an impact map, as a person would write it. */
export function formatEntry(path: readonly SelectorSegment[], slices: readonly string[]): string {
  return `- { path: ${formatScalar(formatSelector(path))}, slices: [${slices.map(formatScalar).join(', ')}] }`;
}

/** Plain where YAML reads it as this text inside `{ }`, else quoted. */
export function formatScalar(text: string): string {
  const isPlain = /^[A-Za-z_][A-Za-z0-9_.]*$/.test(text) && !/^(true|false|null)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
