import { usageError } from '../output/usage-error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `24h` or `7d`, in milliseconds. @throws `cli.usage` */
export function parseAge(text: string, name: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (count !== undefined && unitMs !== undefined) return Number(count) * unitMs;
  throw usageError(
    `${name}: expected an age such as 90s, 15m, 24h or 7d, found ${JSON.stringify(text)}. Write digits and a unit.`,
  );
}
