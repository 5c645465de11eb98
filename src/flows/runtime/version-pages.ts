import type { Version } from '../../domain/identity.ts';

/** Versions that are looked up in one round trip. */
const VERSIONS_MAX = 100;

/** The versions above `after` up to `last`, a hundred at a time. */
export function* pagesOfVersions(after: number, last: number): Generator<readonly Version[]> {
  for (let start = after + 1; start <= last; start += VERSIONS_MAX) {
    const count = Math.min(VERSIONS_MAX, last - start + 1);
    // Between two versions of one entity lie versions.
    yield Array.from({ length: count }, (_, index) => (start + index) as Version);
  }
}
