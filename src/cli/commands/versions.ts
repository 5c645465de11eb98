import type { ManifestSummary, VersionSummary } from '../../flows/runtime/listing-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { groupDigits } from '../ingest/progress.ts';
import { type Invocation, positional } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { labelHash } from '../output/label.ts';
import { printable } from '../output/text-width.ts';
import { type Listing, printPages } from '../print-pages.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const ruleSetRef = invocation.flags.text('ruleSet');
  return withRuntime(invocation, async (runtime) => {
    if (ruleSetRef === undefined) await printPages(invocation, listVersions(invocation, runtime));
    else await printPages(invocation, listCommits(invocation, runtime, ruleSetRef));
    return EXIT_DONE;
  });
}

function listVersions(invocation: Invocation, runtime: Runtime): Listing<VersionSummary> {
  const { tenantId, hashes } = invocation.settings;
  const entityKey = positional(invocation, 0);
  return {
    fetch: (page) => runtime.listVersions({ tenantId, entityKey, ...page }),
    columns: [
      { title: 'version', align: 'right' },
      { title: 'schema' },
      { title: 'raw hash' },
      { title: 'bytes', align: 'right' },
      { title: 'ingested' },
    ],
    toRow: (item) => [
      String(item.version),
      item.schemaRef,
      labelHash(item.rawHash, hashes),
      sizeOf(item),
      item.ingestedAt,
    ],
    whenEmpty: `${printable(entityKey)} has no versions here.`,
  };
}

function sizeOf({ deleted, erased, payloadBytes }: VersionSummary): string {
  if (erased) return 'erased';
  return deleted ? 'deleted' : groupDigits(payloadBytes);
}

function listCommits(invocation: Invocation, runtime: Runtime, ruleSetRef: string): Listing<ManifestSummary> {
  const { tenantId, hashes } = invocation.settings;
  const entityKey = positional(invocation, 0);
  return {
    fetch: (page) => runtime.listManifests({ tenantId, entityKey, ruleSetRef, ...page }),
    columns: [
      { title: 'version', align: 'right' },
      { title: 'revision', align: 'right' },
      { title: 'manifest' },
      { title: 'slices', align: 'right' },
      { title: 'mode' },
      { title: 'sliced' },
    ],
    toRow: (item) => [
      String(item.version),
      String(item.revision),
      labelHash(item.manifestHash, hashes),
      String(Object.keys(item.slices).length),
      item.mode,
      item.slicedAt,
    ],
    whenEmpty: `${printable(entityKey)} has no commits under ${ruleSetRef} here.`,
  };
}
