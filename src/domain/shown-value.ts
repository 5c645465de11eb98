/** Values as messages may show them: short scalars, or the word for their kind. Payloads stay out of messages. */

const SHOWN_UNITS_MAX = 80;

/** A text, cut behind so many UTF-16 units. */
export function shortenText(text: string, unitsMax: number = SHOWN_UNITS_MAX): string {
  return text.length > unitsMax ? `${text.slice(0, unitsMax)}…` : text;
}

/** A text in quotes, shortened. */
export function quoteText(text: string, unitsMax?: number): string {
  return JSON.stringify(shortenText(text, unitsMax));
}

/** Any value, whatever it is; calls nothing of it. */
export function showValue(value: unknown, unitsMax?: number): string {
  switch (typeof value) {
    case 'string':
      return quoteText(value, unitsMax);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return `a value of type ${typeof value}`;
  }
}
