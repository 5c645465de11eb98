import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { missing } from '../../domain/errors.ts';
import type { Version } from '../../domain/identity.ts';
import type { HeadRecord, ManifestRecord } from '../../domain/records.ts';
import type { RuleSetAddress } from '../../ports/store.ts';
import type { RuntimeContext } from './context.ts';

/** The newest revision of one version under a rule set. */
export async function newestManifestOf(
  { store }: RuntimeContext,
  address: RuleSetAddress,
  version: Version,
): Promise<ManifestRecord | undefined> {
  const { tenantId, entityKey, ruleSet } = address;
  const page = await store.range({
    range: 'manifests',
    tenantId,
    entityKey,
    ruleSet,
    version,
    order: 'descending',
    limit: 1,
  });
  return page.items[0];
}

/** As `newestManifestOf`, without a read where a head that is at hand has it. */
export function newestManifestBeside(
  context: RuntimeContext,
  head: HeadRecord | undefined,
  address: RuleSetAddress,
  version: Version,
): Promise<ManifestRecord | undefined> {
  if (head?.version === version) return Promise.resolve(head.manifest);
  // Nothing was ever committed above the head, nor anything where there is none.
  if (head === undefined || version > head.version) return Promise.resolve(undefined);
  return newestManifestOf(context, address, version);
}

/** Exactly one revision; committed manifests never change, so a remembered one will do. */
export async function exactManifest(
  context: RuntimeContext,
  address: RuleSetAddress,
  version: Version,
  revision: number,
): Promise<ManifestRecord | undefined> {
  const remembered = context.cache.manifest(address, version, revision);
  if (remembered !== undefined) return remembered;
  const { tenantId, entityKey, ruleSet } = address;
  const [manifest] = await context.store.batchGet([
    { kind: 'manifest', tenantId, entityKey, ruleSet, version, revision },
  ]);
  if (manifest !== undefined) context.cache.rememberManifest(manifest);
  return manifest;
}

export interface MissingManifest {
  readonly version: number | 'active';
  readonly revision?: number | undefined;
  /** What is known of the reason, for the message. */
  readonly why: string;
  /** `null`: the entity is not known. */
  readonly newestVersion: number | null;
}

export function manifestMissing(
  { entityKey, ruleSet }: RuleSetAddress,
  { version, revision, why, newestVersion }: MissingManifest,
) {
  const place = version === 'active' ? 'an active version' : `version ${version}`;
  const exact = revision === undefined ? '' : ` revision ${revision}`;
  return missing(
    'manifest.missing',
    `${entityKey}, rule set ${formatRef(ruleSet)}: expected ${place}${exact} to be sliced, found no manifest of it: ${why}. ` +
      'Insert the version if it is not in; slice it if it is (`slicing`, or `resume`, which retries what was refused when told to).',
    {
      entityKey,
      ruleSetRef: formatRef(ruleSet),
      version,
      newestVersion,
      ...(revision === undefined ? {} : { revision }),
    },
  );
}
