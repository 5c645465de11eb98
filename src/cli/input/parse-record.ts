import { isPlainObject } from '../../domain/canonical/json-value.ts';
import { parseJson } from '../../domain/canonical/parse-json.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { isSlicewiseError, type SlicewiseError, validationError } from '../../domain/errors.ts';
import { parseEntityKey, parseVersion } from '../../domain/identity.ts';

/** One record of an ingest file: a version of an entity, or its deletion. */
export type IngestRecord = {
  readonly entityKey: string;
  readonly version: number | 'next';
  /** `id@version`, where the record names its own. */
  readonly schema: string | null;
} & ({ readonly payload: unknown; readonly deleted: false } | { readonly deleted: true });

const MEMBERS: ReadonlySet<string> = new Set(['entityKey', 'version', 'payload', 'deleted', 'schema']);

/**
 * Reads a record strictly: JSON without duplicates, and exactly the members that a record has.
 *
 * @throws `json.*`, `record.malformed`, `entity_key.invalid`, `version.invalid`, `contract.ref_invalid`
 */
export function parseRecord(bytes: Uint8Array): IngestRecord {
  const document = parseDocument(bytes);
  if (!isPlainObject(document)) {
    throw malformed('', 'an object', nameKind(document), 'Write {"entityKey":…,"version":…,"payload":{…}}');
  }
  for (const member of Object.keys(document)) {
    if (!MEMBERS.has(member)) {
      throw malformed('', 'only entityKey, version, payload, deleted and schema', quote(member), 'Rename or remove it');
    }
  }
  const identity = {
    entityKey: parseEntityKey(document['entityKey']),
    version: document['version'] === 'next' ? ('next' as const) : parseVersion(document['version']),
    schema: readSchema(document),
  };
  const hasPayload = Object.hasOwn(document, 'payload');
  if (!Object.hasOwn(document, 'deleted')) {
    if (!hasPayload) throw malformed('', '"payload", or "deleted": true', 'neither', 'Add one of them');
    return { ...identity, payload: document['payload'], deleted: false };
  }
  if (document['deleted'] !== true) {
    throw malformed('/deleted', 'true', nameKind(document['deleted']), 'Leave it out where a payload stands');
  }
  if (hasPayload) throw malformed('', '"payload" or "deleted": true', 'both', 'Remove one of them');
  return { ...identity, deleted: true };
}

/** As `parseJson`, with messages that count lines from the record's own beginning and say so. */
function parseDocument(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    const message = error.message.replace(/^In line (\d+), column (\d+)/, 'record, its line $1, column $2');
    throw validationError(error.code, message, error.details);
  }
}

function readSchema(document: Readonly<Record<string, unknown>>): string | null {
  return Object.hasOwn(document, 'schema') ? formatRef(parseRef(document['schema'])) : null;
}

function malformed(pointer: string, expected: string, found: string, advice: string): SlicewiseError {
  const place = pointer === '' ? 'record' : `record at ${pointer}`;
  return validationError('record.malformed', `${place}: expected ${expected}, found ${found}. ${advice}.`, { pointer });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function nameKind(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
