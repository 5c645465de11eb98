import { describe, it } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { describeStore } from '../../conformance/store.suite.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

describeStore({ describe, it }, { name: 'sqlite', open: () => openSqliteStore({ path: temporaryFile('store.db') }) });
