/** JSON Pointer (RFC 6901): how errors, diff operations and changed paths name a place in a document. */
import { validationError } from '../errors.ts';

/** Writes the pointer of a path. `[]` is `""`, the whole document. */
export function formatPointer(tokens: readonly (string | number)[]): string {
  let pointer = '';
  for (const token of tokens) pointer = appendToken(pointer, token);
  return pointer;
}

/** The pointer of a member or item of the place that `pointer` names. */
export function appendToken(pointer: string, token: string | number): string {
  return `${pointer}/${typeof token === 'number' ? token : escapeToken(token)}`;
}

/**
 * Reads a pointer into its unescaped tokens. Array indexes stay strings.
 *
 * @throws `pointer.malformed` (ValidationError): neither empty nor starting with `/`, or a `~` without `0` or `1`.
 */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (pointer[0] !== '/') throw malformed(pointer, 'no leading "/"');
  const tokens = pointer.slice(1).split('/');
  return pointer.includes('~') ? tokens.map((token) => unescapeToken(token, pointer)) : tokens;
}

/** Whether `outer` names the same place as `inner` or one that holds it: by whole tokens, `/a` does not hold `/ab`. */
export function isPointerPrefix(outer: string, inner: string): boolean {
  if (!inner.startsWith(outer)) return false;
  return inner.length === outer.length || inner[outer.length] === '/';
}

function escapeToken(token: string): string {
  if (!token.includes('~') && !token.includes('/')) return token;
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescapeToken(token: string, pointer: string): string {
  if (/~(?![01])/.test(token)) throw malformed(pointer, 'a "~" that neither "0" nor "1" follows');
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function malformed(pointer: string, found: string): Error {
  return validationError(
    'pointer.malformed',
    `In the JSON Pointer ${JSON.stringify(pointer)}: expected "" or tokens that each start with "/" (RFC 6901), ` +
      `found ${found}; write "~0" for "~" and "~1" for "/" inside a token.`,
    { pointer },
  );
}
