/**
 * Which licences a dependency that users install may have. The list is short on purpose: a new licence is a decision,
 * not an accident.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/**
 * Whether an SPDX expression (`MIT`, `(MIT OR GPL-3.0-only)`, `MIT AND ISC`) can be met with allowed licences alone.
 * Nested expressions and guesses (`MIT*`) are not: a human reads those.
 */
export function isAllowedLicence(expression: string): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => ALLOWED.has(licence)));
}
