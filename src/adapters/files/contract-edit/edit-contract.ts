import { hashCanonical } from '../../../domain/canonical/hash.ts';
import { isPlainObject, type JsonValue } from '../../../domain/canonical/json-value.ts';
import { parseJson } from '../../../domain/canonical/parse-json.ts';
import type { ContractRef } from '../../../domain/contracts/contract-ref.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import type { ListAddition } from '../../../domain/contracts/list-addition.ts';
import type { ContractKind } from '../../../domain/contracts/registered-contract.ts';
import { contractError, isSlicewiseError } from '../../../domain/errors.ts';
import { parseYaml, readYaml, type Yaml } from '../contract-files-yaml.ts';
import { appendToList } from './append-to-list.ts';
import { applySplices } from './source-text.ts';

/** What to add to which contract of a file. */
export interface ContractEdit {
  readonly kind: ContractKind;
  readonly ref: ContractRef;
  readonly additions: readonly ListAddition[];
  /** What the document is to hold afterwards. */
  readonly completed: JsonValue;
}

/**
 * A contract file's text with items added to lists of one of its contracts. All other text stays as it is: comments,
 * order, quoting, spaces. What is new is written as its neighbours are.
 *
 * @param origin the file's path; its ending says whether it is JSON
 * @throws `contract.not_editable` where the text would not hold what it should: it changed since it was read, or it is
 * written in a way that is not understood
 */
export function editContract(yaml: Yaml, text: string, origin: string, edit: ContractEdit): string {
  const isJson = origin.endsWith('.json');
  // Parsed again for each: an addition moves the places of what is behind it.
  const edited = edit.additions.reduce((before, addition) => {
    const copies = parseYaml(yaml, before).documents.filter((document) => isWanted(document.toJS(), edit));
    const splices = copies.flatMap(({ contents }) =>
      yaml.isMap(contents) ? appendToList({ yaml, text: before, contents, isJson }, addition) : [],
    );
    return applySplices(before, splices);
  }, text);
  if (!holds(yaml, edited, origin, edit)) throw notEditable(origin, edit);
  return edited;
}

function isWanted(document: unknown, { kind, ref }: ContractEdit): boolean {
  return (
    isPlainObject(document) &&
    document['kind'] === kind &&
    document['id'] === ref.id &&
    document['version'] === ref.version
  );
}

function holds(yaml: Yaml, text: string, origin: string, edit: ContractEdit): boolean {
  const expected = hashCanonical(edit.completed);
  const found = readDocuments(yaml, text, origin).filter((document) => isWanted(document, edit));
  return found.length > 0 && found.every((document) => hashCanonical(document) === expected);
}

function readDocuments(yaml: Yaml, text: string, origin: string): readonly unknown[] {
  if (!origin.endsWith('.json')) return readYaml(yaml, text, origin).contracts.map(({ document }) => document);
  try {
    return [parseJson(text)];
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return [];
  }
}

function notEditable(origin: string, { kind, ref, additions }: ContractEdit) {
  const wanted = additions.map(({ pointer, items }) => `\n    ${pointer}: ${JSON.stringify(items)}`);
  return contractError(
    'contract.not_editable',
    `${kind} ${formatRef(ref)} in ${origin}: expected text that can be added to, found text that changed meanwhile or ` +
      `that is written in an unusual way. Run it again, or add by hand:${wanted.join('')}`,
    { kind, ref: formatRef(ref), origin, additions },
  );
}
