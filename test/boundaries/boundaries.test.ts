import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import configuration, { STAGES } from '../../.dependency-cruiser.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONFIGURATION = join(ROOT, '.dependency-cruiser.ts');

interface CruiseReport {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly module: string }[];
  }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { name: string } }[];
  };
}

/** The tool's report on the `src` of a folder. */
function cruise(folder: string): CruiseReport {
  const tool = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [tool, 'src', '--config', CONFIGURATION, '--output-type', 'json'];
  const text = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  return JSON.parse(text);
}

function listViolations(report: CruiseReport): readonly string[] {
  return report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).toSorted();
}

/** What a file imports, read without a parser: statements, `import()`, and types written in place. */
function listSpecifiers(text: string): readonly string[] {
  const imports = /^(?:import|export)\b[^;']*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...text.matchAll(imports)].map(([, from, alone, inPlace]) => from ?? alone ?? inPlace ?? '');
}

/** For every rule what the fixture does against it, and nothing else. */
const BROKEN_RULES: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['no-cycles', 'src/domain/slice/cycle-a.ts', 'src/domain/slice/cycle-b.ts'],
  ['resolvable', 'src/domain/view/imports-nowhere.ts', './nowhere.ts'],
  ['src-alone', 'src/flows/runtime/imports-test.ts', 'test/builders.ts'],
  ['declared-packages', 'src/flows/runtime/imports-dev-package.ts', '../../../node_modules/vitest/dist/index.js'],
  ['domain-imports-domain', 'src/domain/ingest/imports-port.ts', 'src/ports/store.ts'],
  ['domain-pure-packages', 'src/domain/contracts/imports-yaml.ts', '../../../node_modules/yaml/dist/index.js'],
  ['domain-no-node-modules', 'src/domain/slice/imports-file-system.ts', 'fs'],
  ['canonical-only-hashing', 'src/domain/canonical/imports-os.ts', 'os'],
  ['stage-order-canonical', 'src/domain/canonical/imports-later.ts', 'src/domain/contracts/leaf.ts'],
  ['stage-order-canonical', 'src/domain/canonical/imports-later-by-detour.ts', 'src/domain/slice/leaf.ts'],
  ['stage-order-contracts', 'src/domain/contracts/imports-later.ts', 'src/domain/ingest/leaf.ts'],
  ['stage-order-ingest', 'src/domain/ingest/imports-later.ts', 'src/domain/changeset/leaf.ts'],
  ['stage-order-ingest', 'src/domain/ingest/imports-port.ts', 'src/domain/slice/leaf.ts'],
  ['stage-order-changeset', 'src/domain/changeset/imports-later.ts', 'src/domain/slice/leaf.ts'],
  ['stage-order-slice', 'src/domain/slice/imports-later.ts', 'src/domain/inverted-index/leaf.ts'],
  ['stage-order-inverted-index', 'src/domain/inverted-index/imports-later.ts', 'src/domain/view/leaf.ts'],
  ['ports-import-domain', 'src/ports/imports-flow.ts', 'src/flows/runtime/run.ts'],
  ['flows-import-domain-and-ports', 'src/flows/runtime/imports-adapter.ts', 'src/adapters/memory/index.ts'],
  ['flows-apart', 'src/flows/replay/imports-inside.ts', 'src/flows/runtime/run.ts'],
  ['adapters-apart', 'src/adapters/sqlite/imports-memory.ts', 'src/adapters/memory/index.ts'],
  ['nothing-imports-cli', 'src/codegen/imports-cli.ts', 'src/cli/main.ts'],
  ['entry-is-light', 'src/index.ts', 'src/adapters/memory/index.ts'],
];

describe('the boundary check on a tree that breaks every rule', () => {
  const found = listViolations(cruise(join(import.meta.dirname, 'fixture')));

  it.each(BROKEN_RULES)('%s: refuses %s → %s', (rule, from, to) => {
    expect(found).toContain(`${rule}: ${from} → ${to}`);
  });

  it('refuses nothing else there', () => {
    expect(found).toEqual(BROKEN_RULES.map(([rule, from, to]) => `${rule}: ${from} → ${to}`).toSorted());
  });

  it('has a case for every rule', () => {
    const rules = configuration.forbidden?.map((rule) => rule.name);
    expect([...new Set(BROKEN_RULES.map(([rule]) => rule))]).toEqual(rules);
  });
});

describe('the boundary check on src', () => {
  const report = cruise(ROOT);

  it('finds nothing', () => {
    expect(listViolations(report)).toEqual([]);
  });

  it('sees every import that is written there, of types too', () => {
    const unseen = report.modules
      .filter(({ source }) => source.startsWith('src/'))
      .flatMap(({ source, dependencies }) => {
        const seen = new Set(dependencies.map(({ module }) => module.replace('node:', '')));
        const written = listSpecifiers(readFileSync(join(ROOT, source), 'utf8'));
        return written.filter((name) => !seen.has(name.replace('node:', ''))).map((name) => `${source}: ${name}`);
      });
    expect(unseen).toEqual([]);
  });

  it('knows every stage of the domain', () => {
    const folders = readdirSync(join(ROOT, 'src/domain'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(STAGES).toEqual(expect.arrayContaining(folders.map((entry) => entry.name)));
  });
});
