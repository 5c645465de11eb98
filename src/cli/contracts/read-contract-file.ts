import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../domain/canonical/parse-json.ts';
import { refusalOf } from '../../domain/contracts/contract-problem.ts';
import { type Contract, parseContract } from '../../domain/contracts/parse-contract.ts';
import type { RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { contractError } from '../../domain/errors.ts';
import { readWholeInput } from '../input/open-input.ts';

const CONTRACT_BYTES_MAX = 16 * 1024 * 1024;

/** The contracts of one file, their form checked; nothing that they refer to is looked at. @throws `contract.*` */
export async function readContractFile(path: string): Promise<readonly Contract[]> {
  const bytes = await readWholeInput(path, CONTRACT_BYTES_MAX);
  if (!isUtf8(bytes)) throw unreadable(path, 'bytes that are not UTF-8', 'Save the file as UTF-8');
  const contracts = await readDocuments(path, bytes);
  if (contracts.length === 0) throw unreadable(path, 'none', 'Name the file of a contract');
  return contracts.map(parseContract);
}

async function readDocuments(path: string, bytes: Uint8Array): Promise<readonly RegisteredContract[]> {
  const [yaml, { locateInJson, readYaml }] = await Promise.all([
    import('yaml'),
    import('../../adapters/files/contract-files-yaml.ts'),
  ]);
  const text = Buffer.from(bytes).toString('utf8');
  if (path.endsWith('.json')) {
    const locate = (pointer: string) => locateInJson(yaml, text, pointer);
    return [{ document: parseJson(bytes), origin: path, locate }];
  }
  const { contracts, problems } = readYaml(yaml, text, path);
  if (problems.length > 0) throw refusalOf(path, problems);
  return contracts;
}

function unreadable(path: string, found: string, advice: string) {
  return contractError('contract.unreadable', `${path}: expected a contract, found ${found}. ${advice}.`, { path });
}
