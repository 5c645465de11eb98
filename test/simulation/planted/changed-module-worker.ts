import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { changedText, type FoundBug, type Search } from './changed-module.ts';

// As `findModuleBug` put it there.
const search: Search = JSON.parse(process.argv[2] ?? '');
const unchanged = new Set(search.changes);

// While a runtime runs, a module that does not load would pass for one more of its failures.
for (const change of search.changes)
  changedText(readFileSync(new URL(`../../../${change.module}`, import.meta.url), 'utf8'), change);

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const change = search.changes.find(({ module }) => url.endsWith(`/${module}`));
    if (change === undefined) return loaded;
    unchanged.delete(change);
    return { ...loaded, source: changedText(String(loaded.source), change) };
  },
});

async function find(): Promise<FoundBug | null> {
  // Behind the hook, which sees only what is loaded from then on.
  const { drawScenario, runScenario } = await import('../run-seed.ts');
  const breaks = new RegExp(search.breaks);
  for (let seed = search.firstSeed; seed < search.firstSeed + search.seeds; seed += 1) {
    const { violation } = await runScenario(drawScenario(seed));
    for (const { module } of unchanged)
      throw new Error(`${module}: expected the runtime to load it, found that it does not`);
    if (violation !== null && breaks.test(violation.check)) return { seed, check: violation.check };
  }
  return null;
}

process.send?.(await find(), () => process.exit());
