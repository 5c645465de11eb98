import { type ContractRef, type ContractRefText, formatRef } from '../../../domain/contracts/contract-ref.ts';
import {
  erasedChangeSet,
  erasedHead,
  erasedManifest,
  erasedRawData,
  erasedSlice,
  statusWithoutContent,
} from '../../../domain/erasure.ts';
import { hasCode } from '../../../domain/errors.ts';
import type { Version } from '../../../domain/identity.ts';
import { declaredEntries } from '../../../domain/inverted-index/index-entries.ts';
import type {
  ChangeSetRecord,
  EntityAddress,
  HeadRecord,
  ManifestRecord,
  RawDataSummary,
  StoredSliceSummary,
} from '../../../domain/records.ts';
import { collectPayloadsOf } from '../collection/collect-payloads.ts';
import { type RuntimeContext, timestamp } from '../context.ts';
import { pagesOf } from '../range-pages.ts';
import { EXTERNAL_PAYLOAD_BYTES_MIN } from '../raw-payload.ts';
import { deleteEntries, IndexValues } from './delete-entries.ts';
import { fenceAbove } from './fence-attempts.ts';

/** Records that are read and written together; some hold a payload. */
const PAGE_LIMIT = 50;
/** Later than anything was stored. */
const ALL_TIMES = '9999';

export interface OwnErasure {
  readonly isDryRun: boolean;
  /** The newest version: nothing above it is touched. */
  readonly upTo: Version;
}

export interface OwnCounts {
  readonly versions: number;
  readonly payloads: number;
  readonly changeSets: number;
  readonly slices: number;
  readonly hints: number;
}

/**
 * Takes the content out of every record of an entity up to a version. Each step can be made again, and each is made
 * before the records go that tell what it has to do.
 */
export async function eraseOwnRecords(
  context: RuntimeContext,
  address: EntityAddress,
  { isDryRun, upTo }: OwnErasure,
  signal?: AbortSignal,
): Promise<OwnCounts> {
  const own = new OwnRecords(context, address, upTo, signal);
  if (isDryRun) {
    return {
      versions: await own.countVersions(),
      payloads: await own.collectPayloads('count'),
      changeSets: await own.countChangeSets(),
      slices: await own.countSlices(),
      hints: 0,
    };
  }
  const heads = await own.fenceAttempts();
  const hints = await own.deleteHints(heads);
  const slices = await own.eraseSlices(heads);
  const changeSets = await own.eraseChangeSets();
  await own.eraseManifests(heads);
  const versions = await own.eraseVersions();
  const payloads = await own.collectPayloads('delete');
  await own.eraseRefusals();
  return { versions, payloads, changeSets, slices, hints };
}

type Heads = ReadonlyMap<ContractRefText, HeadRecord>;

interface StoredUnder {
  readonly ruleSet: ContractRef;
  readonly stored: StoredSliceSummary[];
}

class OwnRecords {
  readonly #context: RuntimeContext;
  readonly #address: EntityAddress;
  readonly #upTo: Version;
  readonly #signal: AbortSignal | undefined;
  /** By rule set: what attempts from before the erasure have put lies below. */
  readonly #epochs = new Map<ContractRefText, number>();

  constructor(context: RuntimeContext, address: EntityAddress, upTo: Version, signal: AbortSignal | undefined) {
    this.#context = context;
    this.#address = address;
    this.#upTo = upTo;
    this.#signal = signal;
  }

  async fenceAttempts(): Promise<Heads> {
    const heads = new Map<ContractRefText, HeadRecord>();
    for (const [ref, { ruleSet, stored }] of await this.#storedByRuleSet()) {
      const { head, epoch } = await fenceAbove(this.#context, { ...this.#address, ruleSet }, stored);
      this.#epochs.set(ref, epoch);
      if (head !== undefined) heads.set(ref, head);
    }
    return heads;
  }

  async #storedByRuleSet(): Promise<ReadonlyMap<ContractRefText, StoredUnder>> {
    const found = new Map<ContractRefText, StoredUnder>();
    const under = (ruleSet: ContractRef) => {
      const known = found.get(formatRef(ruleSet)) ?? { ruleSet, stored: [] };
      found.set(formatRef(ruleSet), known);
      return known;
    };
    const heads = { range: 'heads', ...this.#address, limit: PAGE_LIMIT } as const;
    for await (const page of pagesOf(this.#context, heads, this.#signal)) page.map(({ ruleSet }) => under(ruleSet));
    for await (const page of this.#allSlicePages()) for (const slice of page) under(slice.ruleSet).stored.push(slice);
    return found;
  }

  /** Index keys hold values of the slices, which have to be there to tell them. */
  async deleteHints(heads: Heads): Promise<number> {
    const values = new Map<ContractRefText, { readonly ruleSet: ContractRef; readonly found: IndexValues }>();
    for await (const page of this.#slicePages(heads)) {
      for (const slice of page) await this.#readValues(slice, values);
    }
    let deleted = 0;
    for (const { ruleSet, found } of values.values()) {
      const { entries } = found;
      const upTo = this.#upTo;
      deleted += await deleteEntries(this.#context, { ...this.#address, ruleSet, entries, upTo }, this.#signal);
    }
    return deleted;
  }

  async #readValues(
    slice: StoredSliceSummary,
    values: Map<ContractRefText, { readonly ruleSet: ContractRef; readonly found: IndexValues }>,
  ): Promise<void> {
    const ruleSet = await this.#context.contracts.ruleSet(slice.ruleSet);
    if (!ruleSet.indexes.some(({ fromSlice }) => fromSlice === slice.sliceType)) return;
    const ref = formatRef(slice.ruleSet);
    const { entityKey } = this.#address;
    const known = values.get(ref) ?? {
      ruleSet: slice.ruleSet,
      found: new IndexValues((rules, slices) => declaredEntries(rules, entityKey, slices)),
    };
    values.set(ref, known);
    const [record] = await this.#context.store.batchGet([{ kind: 'slice', ...slice }]);
    if (record !== undefined) known.found.add(ruleSet, [record]);
  }

  /** @returns how many are erased then, those of earlier erasures too */
  async eraseSlices(heads: Heads): Promise<number> {
    const { store } = this.#context;
    for await (const page of this.#slicePages(heads)) {
      const committed = page.filter(({ ruleSet }) => heads.has(formatRef(ruleSet)));
      await store.erase(
        // Whoever comes behind the raised epoch may put the same content again, with a version that has it.
        committed.map((slice) => erasedSlice(slice, (heads.get(formatRef(slice.ruleSet))?.gcEpoch ?? 1) - 1)),
      );
      // Without a head nothing refers to it.
      for (const slice of page.filter(({ ruleSet }) => !heads.has(formatRef(ruleSet)))) {
        await store.deleteSlice({ kind: 'slice', ...slice }, this.#epochs.get(formatRef(slice.ruleSet)) ?? 0);
      }
    }
    return countOf(this.#allSlicePages(), ({ isErased }) => isErased);
  }

  countSlices(): Promise<number> {
    return countOf(this.#allSlicePages(), ({ isTombstone }) => !isTombstone);
  }

  async eraseChangeSets(): Promise<number> {
    for await (const page of this.#changeSetPages()) {
      await this.#context.store.erase(page.filter((record) => this.#isDue(record)).map(erasedChangeSet));
    }
    return countOf(this.#changeSetPages(), ({ isErased }) => isErased);
  }

  countChangeSets(): Promise<number> {
    return countOf(this.#changeSetPages(), ({ toVersion }) => toVersion <= this.#upTo);
  }

  #isDue({ isErased, toVersion }: { readonly isErased: boolean; readonly toVersion: Version }): boolean {
    return !isErased && toVersion <= this.#upTo;
  }

  async eraseManifests(heads: Heads): Promise<void> {
    for (const head of heads.values()) {
      for await (const page of this.#manifestPages(head.ruleSet)) {
        await this.#context.store.erase(page.filter((manifest) => this.#namesPaths(manifest)).map(erasedManifest));
      }
      if (head.version <= this.#upTo) await this.#context.store.erase([erasedHead(head)]);
    }
  }

  #namesPaths({ version, meta }: ManifestRecord): boolean {
    return version <= this.#upTo && Object.values(meta.rebuilt).some(({ reason }) => reason === 'change');
  }

  async eraseVersions(): Promise<number> {
    for await (const page of this.#versionPages()) {
      const due = page.filter(({ version, isDeleted, isErased }) => version <= this.#upTo && !isDeleted && !isErased);
      await this.#context.store.erase(due.map(erasedRawData));
    }
    return countOf(this.#versionPages(), ({ isErased }) => isErased);
  }

  countVersions(): Promise<number> {
    return countOf(this.#versionPages(), ({ version, isDeleted }) => version <= this.#upTo && !isDeleted);
  }

  /** Behind the versions: then nothing refers to a payload but what came in since. */
  async collectPayloads(how: 'delete' | 'count'): Promise<number> {
    try {
      const rules = { isDryRun: how === 'count', storedBefore: ALL_TIMES };
      const { collected, referenced } = await collectPayloadsOf(this.#context, this.#address, rules, this.#signal);
      return how === 'count' ? collected + referenced : collected;
    } catch (error) {
      // Where there is none, no version may need one.
      if (!hasCode(error, 'payload_store.absent') || (await this.#hasLargeVersion())) throw error;
      return 0;
    }
  }

  async #hasLargeVersion(): Promise<boolean> {
    const isLarge = ({ payloadBytes }: RawDataSummary) => payloadBytes >= EXTERNAL_PAYLOAD_BYTES_MIN;
    return (await countOf(this.#versionPages(), isLarge)) > 0;
  }

  /** Why a version was refused may quote it. */
  async eraseRefusals(): Promise<void> {
    const { store } = this.#context;
    for (;;) {
      const [status] = await store.batchGet([{ kind: 'status', ...this.#address }]);
      const next = status === undefined ? null : statusWithoutContent(status, timestamp(this.#context));
      if (status === undefined || next === null) return;
      if ((await store.updateStatus(next, status.counter)) === 'updated') return;
    }
  }

  /** Those whose content is to go: no tombstone, and nothing that a version above names. */
  async *#slicePages(heads: Heads): AsyncGenerator<readonly StoredSliceSummary[]> {
    const kept = await this.#namedAbove(heads);
    for await (const page of this.#allSlicePages()) {
      yield page.filter((slice) => !slice.isErased && !slice.isTombstone && !kept.has(nameOf(slice)));
    }
  }

  async #namedAbove(heads: Heads): Promise<ReadonlySet<string>> {
    const named = new Set<string>();
    for (const { ruleSet, version: newest } of heads.values()) {
      if (newest <= this.#upTo) continue;
      for await (const page of this.#manifestPages(ruleSet)) {
        for (const { version, slices } of page) {
          if (version <= this.#upTo) continue;
          for (const [sliceType, sliceHash] of Object.entries(slices))
            named.add(nameOf({ ruleSet, sliceType, sliceHash }));
        }
      }
    }
    return named;
  }

  #allSlicePages(): AsyncGenerator<readonly StoredSliceSummary[]> {
    return pagesOf(this.#context, { range: 'slices', ...this.#address, limit: PAGE_LIMIT }, this.#signal);
  }

  #changeSetPages(): AsyncGenerator<readonly ChangeSetRecord[]> {
    return pagesOf(this.#context, { range: 'change-sets', ...this.#address, limit: PAGE_LIMIT }, this.#signal);
  }

  #manifestPages(ruleSet: ContractRef): AsyncGenerator<readonly ManifestRecord[]> {
    const query = { range: 'manifests', ...this.#address, ruleSet, order: 'ascending', limit: PAGE_LIMIT } as const;
    return pagesOf(this.#context, query, this.#signal);
  }

  #versionPages(): AsyncGenerator<readonly RawDataSummary[]> {
    const query = { range: 'versions', ...this.#address, order: 'ascending', limit: PAGE_LIMIT } as const;
    return pagesOf(this.#context, query, this.#signal);
  }
}

async function countOf<Item>(
  pages: AsyncGenerator<readonly Item[]>,
  isMeant: (item: Item) => boolean,
): Promise<number> {
  let count = 0;
  for await (const page of pages) count += page.filter(isMeant).length;
  return count;
}

function nameOf({ ruleSet, sliceType, sliceHash }: Pick<StoredSliceSummary, 'ruleSet' | 'sliceType' | 'sliceHash'>) {
  return [formatRef(ruleSet), sliceType, sliceHash].join('\n');
}
