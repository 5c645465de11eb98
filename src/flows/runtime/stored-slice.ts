import { hashSlice } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { invariantViolation } from '../../domain/errors.ts';
import type { SliceRecord } from '../../domain/records.ts';
import { parseStored } from './stored-json.ts';

/**
 * A slice's payload; `null` for a tombstone. Its key is its hash, so damage is noticed.
 * @throws `slice.corrupt`
 */
export function parseSlice({ entityKey, ruleSet, sliceType, sliceHash, payload }: SliceRecord): JsonObject | null {
  const found = hashSlice(payload, ruleSet);
  if (found === sliceHash) return parseStored(payload);
  throw invariantViolation(
    'slice.corrupt',
    `${entityKey}, rule set ${formatRef(ruleSet)}: expected the slice ${sliceType} of ${sliceHash}, found bytes of ` +
      `${found}. The stored slice was changed or damaged outside slicewise: restore it from a backup.`,
    { entityKey, ruleSetRef: formatRef(ruleSet), sliceType, expected: sliceHash, found },
  );
}
