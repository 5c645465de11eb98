import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOrThrow, runProcess } from '../support/run-process.ts';
import {
  ENTRY_POINTS,
  type InstalledPackage,
  installPackage,
  MANIFEST,
  measureFolder,
  ROOT,
} from './installed-package.ts';
import { NODE_LINES, type NodeLine, provideNode } from './node-lines.ts';

/** Bytes that a production install may take, without optional peers. */
const INSTALL_BYTES_MAX = 20_000_000;

/** What importing the main entry must not load: whoever never opens a store or runs a command pays for none of it. */
const HEAVY = /^(node:(sqlite|http|https|http2|net|tls|child_process|worker_threads|cluster)|commander|pino|yaml)$/;

/** Entry → the optional peer that it loads when it is imported; others load theirs once they are used. */
const LOADED_PEERS = { 'slicewise/dynamodb': '@aws-sdk/client-dynamodb', 'slicewise/s3': '@aws-sdk/client-s3' };

let installed: InstalledPackage;
beforeAll(() => {
  installed = installPackage();
});
afterAll(() => installed?.remove());

describe('the tarball', () => {
  it('holds the build, the licence and what a user reads, and nothing else', () => {
    const expected = /^(dist\/.+\.(js|d\.ts)|docs\/.+\.(md|schema\.json)|adr\/.+\.md|contracts\/.+\.yaml)$/;
    const others = installed.packedFiles.filter((path) => !expected.test(path));
    expect(others.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'package.json']);
  });

  it.each(['docs/README.md', 'adr/README.md', 'contracts/brand/'])('holds %s, to which its README leads', (path) => {
    expect(installed.packedFiles.filter((packed) => packed.startsWith(path))).not.toEqual([]);
  });

  it('holds every file that the exports map and bin name', () => {
    const named = Object.values(MANIFEST.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : [target.types, target.default],
    );
    const paths = [...named, ...Object.values(MANIFEST.bin)].map((path) => path.replace('./', ''));
    expect(paths.filter((path) => !installed.packedFiles.includes(path))).toEqual([]);
  });

  it('passes publint', () => {
    runOrThrow({ command: 'publint', args: ['run', '--strict', installed.tarball], cwd: ROOT });
  });

  it('resolves with its types from import and from require', () => {
    // The one rule that is off says that require() gets an ES module, which every supported Node can load.
    const args = [installed.tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'];
    runOrThrow({ command: 'attw', args, cwd: ROOT });
  });
});

describe('a production install', () => {
  it('takes less than 20 MB', () => {
    const bytes = measureFolder(join(installed.project, 'node_modules'));
    console.log(`production node_modules: ${(bytes / 1e6).toFixed(1)} MB (limit ${INSTALL_BYTES_MAX / 1e6} MB)`);
    expect(bytes).toBeLessThan(INSTALL_BYTES_MAX);
  });
});

describe.each(NODE_LINES)('on Node %s', (line: NodeLine) => {
  let nodeFolder: string;
  beforeAll(() => {
    nodeFolder = provideNode(ROOT, line);
  });

  function runNode(args: readonly string[]): string {
    return runOrThrow({ command: join(nodeFolder, 'node'), args, cwd: installed.projectWithPeers });
  }

  it('entries can be imported without optional peers, but for those that say which they lack', () => {
    const missing = ENTRY_POINTS.map((entry) => {
      const args = ['--input-type=module', '--eval', `import '${entry}'`];
      const run = runProcess({ command: join(nodeFolder, 'node'), args, cwd: installed.project });
      return run.exitCode === 0 ? undefined : [entry, /Cannot find package '([^']+)'/.exec(run.stderr)?.[1]];
    });
    expect(Object.fromEntries(missing.filter((entry) => entry !== undefined))).toEqual(LOADED_PEERS);
  });

  it.each(ENTRY_POINTS)('%s can be imported alone, and exports names', (entry) => {
    const script = `import * as names from '${entry}'; console.log(Object.keys(names).length)`;
    expect(Number(runNode(['--input-type=module', '--eval', script]))).toBeGreaterThan(0);
  });

  it.each(ENTRY_POINTS)('%s can be required alone, and exports the same names', (entry) => {
    const script = `import(${JSON.stringify(entry)}).then((imported) => {
      console.log(JSON.stringify([Object.keys(imported), Object.keys(require(${JSON.stringify(entry)}))]));
    })`;
    const required = `console.log(Object.keys(require(${JSON.stringify(entry)})).length)`;
    expect(Number(runNode(['--input-type=commonjs', '--eval', required]))).toBeGreaterThan(0);
    const [byImport, byRequire] = JSON.parse(runNode(['--input-type=commonjs', '--eval', script]));
    expect(byRequire).toEqual(byImport);
  });

  it('the main entry loads no heavy module', () => {
    const loaded = listLoadedModules((args) => runNode(args));
    console.log(`import '${MANIFEST.name}' on Node ${line} loads: ${loaded.join(', ')}`);
    expect(loaded).toContain(MANIFEST.name);
    expect(loaded.filter((name) => HEAVY.test(name))).toEqual([]);
  });

  it('the command runs, and says nothing but its answer', () => {
    const command = join(installed.projectWithPeers, 'node_modules/.bin', MANIFEST.name);
    const request = { command, cwd: installed.projectWithPeers, path: [nodeFolder] };
    const run = runProcess({ ...request, args: ['canonicalize', '-'], stdin: '{ "b": 1.0, "a": [] }' });
    expect(run).toEqual({ exitCode: 0, stdout: '{"a":[],"b":1}', stderr: '' });
  });
});

/** Packages and Node's own modules that importing the main entry loads, each once. */
function listLoadedModules(runNode: (args: readonly string[]) => string): readonly string[] {
  const hook = join(installed.projectWithPeers, 'list-modules.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     const urls = new Set();
     registerHooks({ resolve(name, context, next) { const found = next(name, context); urls.add(found.url); return found; } });
     await import('${MANIFEST.name}');
     console.log(JSON.stringify([...urls]));`,
  );
  const urls: readonly string[] = JSON.parse(runNode([hook]));
  const names = urls.map((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url);
  return [...new Set(names)].toSorted();
}

describe('from TypeScript', () => {
  it.each([
    ['an ES module', 'consumer.mts'],
    ['a CommonJS module', 'consumer.cts'],
  ])('the types hold under the strictest flags, in %s', (_, file) => {
    const imports = ENTRY_POINTS.map((entry, index) => `import * as names${index} from '${entry}';`);
    const uses = ENTRY_POINTS.map(
      (_entry, index) => `export const count${index}: number = Object.keys(names${index}).length;`,
    );
    writeFileSync(join(installed.projectWithPeers, file), [...imports, ...uses, ''].join('\n'));
    const compilerOptions = {
      ...{ target: 'es2023', lib: ['es2024'], module: 'nodenext', noEmit: true },
      ...{ typeRoots: [join(ROOT, 'node_modules/@types')], types: ['node'] },
      ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ noPropertyAccessFromIndexSignature: true, noImplicitOverride: true, noImplicitReturns: true },
      ...{ verbatimModuleSyntax: file.endsWith('.mts'), isolatedModules: true },
    };
    const project = join(installed.projectWithPeers, `tsconfig.${file}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
    runOrThrow({ command: 'tsc', args: ['-p', project], cwd: ROOT });
  });
});
