/** Checks the licence of every package that a production install brings along, and prints how many have which. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAllowedLicence } from './licence-policy.ts';

const root = join(import.meta.dirname, '..');
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const ownId = `${own.name}@${own.version}`;

const report = execFileSync('license-checker-rseidelsohn', ['--start', root, '--production', '--json'], {
  encoding: 'utf8',
});
// The tool's own report: package id → facts, of which only the licence (or a list of them) matters here.
const packages: Record<string, { licenses: string | string[] }> = JSON.parse(report);

const counts = new Map<string, number>();
const refused: string[] = [];
for (const [id, { licenses }] of Object.entries(packages)) {
  if (id === ownId) continue;
  const licence = [licenses].flat().join(' AND ');
  counts.set(licence, (counts.get(licence) ?? 0) + 1);
  if (!isAllowedLicence(licence)) refused.push(`${id}: ${licence}`);
}

if (counts.size === 0) throw new Error(`licences: expected the dependencies of ${ownId}, found none. Run npm ci.`);
console.log(
  `licences of ${ownId}'s dependencies: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`,
);
if (refused.length > 0) {
  console.error(`not on the list of scripts/licence-policy.ts:\n${refused.map((line) => `  ${line}`).join('\n')}`);
  process.exitCode = 1;
}
