import { mkdirSync } from 'node:fs';
import { describeService } from '../../support/services/describe-service.ts';
import { canStartDynamoDb, startDynamoDb } from '../../support/services/dynamodb/dynamodb.ts';
import { openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';
import { findFreePort } from '../../support/services/free-port.ts';
import { itSurvivesItsServer, type KillableServer } from '../../support/services/killed-server.suite.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

// Only a process of its own can be killed; a container, or a server that is given, is others' too.
const need = {
  what: 'a DynamoDB that may be killed',
  isThere: await canStartDynamoDb(),
  advice: 'Install Java and Maven.',
};

async function startOwn(): Promise<KillableServer> {
  const folder = temporaryFile('tables');
  mkdirSync(folder);
  const request = { storage: ['-dbPath', folder], port: await findFreePort() };
  let server = await startDynamoDb(request);
  return {
    open: () => openEmptyStore(server.url),
    kill: () => server.kill(),
    restart: async () => {
      server = await startDynamoDb(request);
    },
    stop: () => server.stop(),
  };
}

describeService('dynamodb', () => itSurvivesItsServer(need, startOwn));
