/** Writes entities into a store until it is killed, and says on stdout what was acknowledged: `{step} {entity}`. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { writtenEntity } from './written-entity.ts';

const [path = '', writer = ''] = process.argv.slice(2);
const LANES = 20;
const store = await openSqliteStore({ path });

async function writeLane(lane: number): Promise<never> {
  for (let index = 0; ; index += 1) {
    const entity = `product#${writer}-${lane}-${index}`;
    const written = writtenEntity(entity);
    await store.insert(written.insert);
    acknowledge('insert', entity);
    await Promise.all([store.putOnce(written.once), store.putHints([written.hint])]);
    acknowledge('put', entity);
    await store.commit(written.commit);
    acknowledge('commit', entity);
    await store.updateStatus(written.active, 1);
    acknowledge('active', entity);
  }
}

function acknowledge(step: string, entity: string): void {
  writeSync(1, `${step} ${entity}\n`);
}

await Promise.all(Array.from({ length: LANES }, (_, lane) => writeLane(lane)));
