/** Streams documents through `ingest` into a SQLite file and prints this process' peak RSS: `FILE COUNT`. */
import { drainQuietly, openSubject } from '../subject/open-subject.ts';
import { SMALL_CONTRACTS, smallItems } from '../subject/small-documents.ts';

const [path = '', count = '0'] = process.argv.slice(2);
const runtime = await openSubject({ path, contracts: SMALL_CONTRACTS });
const ingested = await drainQuietly(runtime.batch.ingest(smallItems(Number(count)), { concurrency: 100 }));
await runtime.close();
// Node reports kilobytes.
console.log(JSON.stringify({ ingested, peakRssMb: process.resourceUsage().maxRSS / 1024 }));
