const STANDS_FOR_IT = 'PASSWORD';

/** A URL as people may see it: without the password that it may hold. */
export function hidePassword(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*):.*@/i, `$1:${STANDS_FOR_IT}@`)
    .replace(/([?&](?:ssl)?password=)[^&#]*/gi, `$1${STANDS_FOR_IT}`);
}
