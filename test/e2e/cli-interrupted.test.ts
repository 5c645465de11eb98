import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { collect, createWorkplace, finish, item, ndjson, parseLines, type Workplace } from './support/cli.ts';

const ENTITIES = 600;
const VERSIONS = [1, 2].flatMap((version) =>
  Array.from({ length: ENTITIES }, (_, index) => item(index, version, { price: index + version })),
);

/** Starts to ingest from a pipe that stays open, and resolves when the first outcomes are told. */
async function startIngest(work: Workplace): Promise<{ child: ChildProcessWithoutNullStreams; told: () => string }> {
  const child = work.start(['ingest', '-', '--json']);
  child.stdin.on('error', () => {});
  const told = collect(child.stdout);
  child.stdin.write(ndjson(VERSIONS.slice(0, 900)));
  await once(child.stdout, 'data');
  return { child, told };
}

/** What was told for certain: the last line may be cut. */
function wholeLines(text: string) {
  return parseLines(text.slice(0, text.lastIndexOf('\n') + 1));
}

async function countOf(work: Workplace, args: readonly string[]): Promise<number> {
  return parseLines((await work.run([...args, '--json'])).stdout).length;
}

describe('an ingest that is killed', () => {
  it('has kept what it told, and the same command again brings in the rest', async () => {
    const work = await createWorkplace();
    const { child, told } = await startIngest(work);
    child.kill('SIGKILL');
    await once(child, 'close');
    const acknowledged = wholeLines(told());
    expect(acknowledged.length).toBeGreaterThan(0);
    await work.write('input', ndjson(VERSIONS));
    const again = await work.run(['ingest', 'input', '--json']);
    expect(again.exitCode).toBe(0);
    const outcomes = parseLines(again.stdout);
    const { summary } = outcomes.at(-1) as { summary: { inserted: number; unchanged: number; read: number } };
    expect(summary.inserted + summary.unchanged).toBe(VERSIONS.length);
    expect(summary.inserted).toBeGreaterThan(0);
    for (const { line, outcome } of acknowledged) {
      expect([outcome, outcomes[Number(line) - 1]?.['outcome']]).toEqual(['inserted', 'unchanged']);
    }
    expect(await countOf(work, ['entities', '--state', 'ACTIVE'])).toBe(ENTITIES);
  });

  it('ends as one that was never disturbed', async () => {
    const work = await createWorkplace();
    const { child } = await startIngest(work);
    child.kill('SIGKILL');
    await once(child, 'close');
    await work.write('input', ndjson(VERSIONS));
    await work.run(['ingest', 'input']);
    await work.run(['ingest', 'input', '--store', 'calm.db']);
    for (const entity of ['item#0', 'item#99', `item#${ENTITIES - 1}`]) {
      const read = async (store: string) => {
        const args = ['view', 'item-page@1.0.0', entity, '--version', 'active', '--json', '--store', store];
        return JSON.parse((await work.run(args)).stdout);
      };
      const [disturbed, calm] = [await read('slicewise.db'), await read('calm.db')];
      expect(disturbed.data).toEqual(calm.data);
      expect(disturbed.meta.manifestHash).toBe(calm.meta.manifestHash);
    }
  });
});

describe('an ingest that is asked to stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'finishes what is under way on %s, counts it, and says how to go on',
    async (signal) => {
      const work = await createWorkplace();
      const { child } = await startIngest(work);
      const rest = finish(child);
      child.kill(signal);
      const { exitCode, stdout, stderr } = await rest;
      expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
      const { summary } = parseLines(stdout).at(-1) as {
        summary: { inserted: number; read: number; stopped: boolean };
      };
      expect(summary.stopped).toBe(true);
      expect(summary.inserted).toBe(summary.read);
      expect(await countOf(work, ['entities'])).toBe(Math.min(summary.read, ENTITIES));
    },
  );

  it('tells people to run the same command again', async () => {
    const work = await createWorkplace();
    const child = work.start(['ingest', '-', '--log-level', 'debug']);
    child.stdin.on('error', () => {});
    const rest = finish(child);
    child.stdin.write(ndjson(VERSIONS.slice(0, 300)));
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const { exitCode, stdout } = await rest;
    expect(exitCode).toBe(3);
    expect(stdout).toContain('Run the same command again');
  });
});

describe('a line of 200 MB', () => {
  it('is refused without being held', async () => {
    const work = await createWorkplace();
    const report = 'process.on("exit",()=>process.stderr.write("peak " + process.resourceUsage().maxRSS))';
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(report)}`];
    const peakOf = async (megabytes: number) => {
      const child = work.start(['ingest', '-', '--json', '--store', 'memory:'], { nodeArgs });
      const result = finish(child);
      const block = Buffer.alloc(1024 * 1024, 'x');
      child.stdin.write(`${JSON.stringify(item('before'))}\n{"entityKey":"`);
      for (let count = 0; count < megabytes; count += 1) {
        if (!child.stdin.write(block)) await once(child.stdin, 'drain');
      }
      child.stdin.end(`"}\n${JSON.stringify(item('after'))}\n`);
      const { stdout, stderr, exitCode } = await result;
      return { outcomes: parseLines(stdout), exitCode, peakKb: Number(/peak (\d+)/.exec(stderr)?.[1]) };
    };
    const small = await peakOf(1);
    const large = await peakOf(200);
    expect(small.exitCode).toBe(1);
    expect(large.exitCode).toBe(1);
    expect(large.outcomes).toMatchObject([
      { line: 1, outcome: 'inserted' },
      { line: 2, outcome: 'refused', error: { code: 'record.too_long' } },
      { line: 3, outcome: 'inserted' },
      { summary: { read: 3, inserted: 2, refused: 1 } },
    ]);
    // Blocks that are done with stay until the collector comes by; the line itself would be 200 MB and more.
    expect(large.peakKb - small.peakKb).toBeLessThan(150 * 1024);
  });
});
