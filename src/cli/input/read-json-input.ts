import { parseJson } from '../../domain/canonical/parse-json.ts';
import { readWholeInput } from './open-input.ts';

/** One string can hold no more, so no parser can. */
const DOCUMENT_BYTES_MAX = 512 * 1024 * 1024;

/** The JSON document that an input holds. @throws `input.*`, `json.*` */
export async function readJsonInput(path: string): Promise<unknown> {
  return parseJson(await readWholeInput(path, DOCUMENT_BYTES_MAX));
}
