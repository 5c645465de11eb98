import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { joinKeysOf } from '../../../src/domain/slice/light-join.ts';
import { compileSample, sampleDrafts } from '../contracts/sample-contracts.ts';

const { rules } = compileSample(sampleDrafts());

describe('the refusal of a join key', () => {
  const expected = 'join brand, brand_id: expected a string, number or boolean that names one brand, found ';
  const advice = ". Mend the payload, or the join's keyResolver.";

  it.each<[JsonValue, string]>([
    [{ id: 'B1' }, 'an object'],
    [['B1'], 'an array'],
    ['', '"", which makes "brand#": its entity id: it is empty'],
    ['a#b', '"a#b", which makes "brand#a#b": its entity id: it holds "#"'],
    ['a\nb', '"a\\nb", which makes "brand#a\\nb": its entity id: it holds "\\n"'],
    ['é'.repeat(254), `"${'é'.repeat(80)}…", which makes "brand#${'é'.repeat(74)}…": it is 514 bytes long`],
  ])('says what is wrong with %j once, and where', (value, found) => {
    expect(() => joinKeysOf(rules, { brand_id: value })).toThrow(
      expect.objectContaining({ code: 'join.key_invalid', message: `${expected}${found}${advice}` }),
    );
  });
});
