import type { JsonObject, JsonValue } from '../../src/domain/canonical/json-value.ts';
import type { RandomStream } from './random.ts';

/** What payloads are made of: few values, so that contents and join keys go from A to B and back. */
export interface Payloads {
  readonly brandIds: readonly string[];
  readonly names: readonly string[];
  /** Counts the payloads that nobody else sends. */
  marks: number;
}

const LOGOS: readonly (string | null)[] = ['acme.svg', 'bolt.svg', null];
const TITLES = ['Lamp', 'Chair'];
/** Sets as people send them: in any order, some twice. The last has another order by UTF-16 units than by bytes. */
const CATEGORIES: readonly (readonly string[])[] = [['b', 'a', 'b'], ['home'], ['\u{1F600}', '\uFB01', 'a']];

/** How often a payload is like no other, so that one can count how often it is in. */
const MARKED_SHARE = 0.3;

export function drawBrand(random: RandomStream, payloads: Payloads): JsonObject {
  return present({
    name: random.pick(payloads.names),
    logo_url: random.isHit(0.6) ? random.pick(LOGOS) : undefined,
  });
}

export function drawProduct(random: RandomStream, payloads: Payloads): JsonObject {
  return present({
    title: random.pick(TITLES),
    price: random.integer(1, 2),
    brand_id: drawKey(random, payloads),
    maker_id: drawKey(random, payloads),
    category_ids: random.isHit(0.7) ? random.pick(CATEGORIES) : undefined,
  });
}

export function withMark(random: RandomStream, payloads: Payloads, payload: JsonObject): JsonObject {
  if (!random.isHit(MARKED_SHARE)) return payload;
  payloads.marks += 1;
  return { ...payload, note: `mark ${payloads.marks}` };
}

/** So large that it lies outside its record; few of them, so that one content comes again and again. */
export function enlarged(random: RandomStream, { title, name }: JsonObject): JsonObject {
  const note = random.pick(['x', 'y']).padEnd(LARGE_CHARS, '.');
  return present({ title, name, note, price: title === undefined ? undefined : 1 });
}

const LARGE_CHARS = 100_000;

/** Mostly a brand that there is, at times none. */
function drawKey(random: RandomStream, { brandIds }: Payloads): string | null | undefined {
  return random.pickWeighted<string | null | undefined>([
    { weight: 8, choice: random.pick(brandIds) },
    { weight: 1, choice: null },
    { weight: 1, choice: undefined },
  ]);
}

function present(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
