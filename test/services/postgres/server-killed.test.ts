import { describeService } from '../../support/services/describe-service.ts';
import { itSurvivesItsServer, type KillableServer } from '../../support/services/killed-server.suite.ts';
import { findServer, makeCluster } from '../../support/services/postgres/own-cluster.ts';
import { openFreshStore } from './test-database.ts';

// The server that others use stays up.
const programs = findServer();
const need = {
  what: 'a Postgres that may be killed',
  isThere: programs !== undefined,
  advice: 'Install the server, as Debian packages it.',
};

async function startOwn(): Promise<KillableServer> {
  const cluster = await makeCluster(programs ?? '');
  await cluster.start();
  let isUp = true;
  const kill = async () => {
    isUp = false;
    await cluster.kill();
  };
  return {
    open: () => openFreshStore(cluster.url),
    kill,
    restart: async () => {
      await cluster.start();
      isUp = true;
    },
    stop: async () => {
      if (isUp) await kill();
      cluster.remove();
    },
  };
}

describeService('postgres', () => itSurvivesItsServer(need, startOwn));
