import { describe, expect, it } from 'vitest';
import {
  type ContractPublisher,
  migratePostgres,
  openPostgresPublisher,
} from '../../../src/adapters/postgres/index.ts';
import { register, type SampleDrafts, sampleDrafts } from '../../domain/contracts/sample-contracts.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema } from './test-database.ts';

const REFS = {
  rules: { kind: 'RuleSet', ref: { id: 'product-core', version: '1.3.0' } },
  product: { kind: 'Schema', ref: { id: 'product', version: '2.1.0' } },
} as const;

describeService('postgres', (url) => {
  const openPublisher = async (): Promise<ContractPublisher> => {
    const options = { connectionString: url, schema: freshSchema() };
    await migratePostgres(options);
    return openPostgresPublisher(options);
  };
  const publish = (publisher: ContractPublisher, documents: readonly unknown[], actor = 'alice') =>
    publisher.publish({ contracts: documents.map((document) => register(document)), actor });
  const publishSample = async (change: (drafts: SampleDrafts) => void = () => undefined) => {
    const publisher = await openPublisher();
    const drafts = sampleDrafts();
    change(drafts);
    return { publisher, drafts, outcomes: await publish(publisher, Object.values(drafts)) };
  };
  const statusesIn = async (publisher: ContractPublisher) =>
    Object.fromEntries(
      (await publisher.list()).map(({ kind, ref, status }) => [`${kind} ${ref.id}@${ref.version}`, status]),
    );

  describe('publishing contracts', () => {
    it('puts in what hangs together, in one go', async () => {
      const { outcomes } = await publishSample();
      expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['published']));
      expect(outcomes).toHaveLength(5);
    });

    it('says unchanged of the same content, and records nothing', async () => {
      const { publisher, drafts } = await publishSample();
      const again = await publish(publisher, Object.values(drafts));
      expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
      expect(await publisher.history(REFS.rules.kind, REFS.rules.ref)).toHaveLength(1);
    });

    it('refuses an unsound rule set, and puts in nothing of what came with it', async () => {
      const publisher = await openPublisher();
      const drafts = sampleDrafts();
      drafts.rules.impactMap.shift();
      await expect(publish(publisher, Object.values(drafts))).rejects.toMatchObject({ category: 'ContractError' });
      expect(await publisher.list()).toEqual([]);
    });

    it('refuses a contract whose references are nowhere', async () => {
      const publisher = await openPublisher();
      const { rules } = sampleDrafts();
      await expect(publish(publisher, [rules])).rejects.toMatchObject({ code: 'contract.unknown' });
    });

    it('takes an unfinished DRAFT, which runs nowhere, and lets it change', async () => {
      const publisher = await openPublisher();
      const draft = { kind: 'RuleSet', id: 'later', version: '1.0.0', status: 'DRAFT' };
      await publish(publisher, [draft]);
      const [replaced] = await publish(publisher, [{ ...draft, description: 'more of it' }]);
      expect(replaced).toMatchObject({ outcome: 'replaced', status: 'DRAFT' });
    });

    it('refuses other content under a published version, and names both hashes', async () => {
      const { publisher, drafts } = await publishSample();
      drafts.rules.description = 'other words';
      await expect(publish(publisher, [drafts.rules])).rejects.toMatchObject({
        code: 'contract.content_changed',
        message: expect.stringMatching(/sha256:\w{64}.*sha256:\w{64}.*new version/s),
      });
    });

    it('takes another status for a change of it', async () => {
      const { publisher, drafts } = await publishSample();
      drafts.view.status = 'DEPRECATED';
      expect(await publish(publisher, [drafts.view])).toMatchObject([
        { outcome: 'status_changed', status: 'DEPRECATED' },
      ]);
    });
  });

  describe('changing the status of a contract', () => {
    it('is recorded with who did it, from what to what', async () => {
      const { publisher, drafts } = await publishSample();
      const ref = { id: drafts.view.id, version: drafts.view.version };
      await publisher.changeStatus({ kind: 'View', ref, status: 'DEPRECATED', actor: 'bob' });
      expect(await publisher.history('View', ref)).toMatchObject([
        { action: 'published', actor: 'alice', statusBefore: null, statusAfter: 'ACTIVE' },
        { action: 'status_changed', actor: 'bob', statusBefore: 'ACTIVE', statusAfter: 'DEPRECATED' },
      ]);
    });

    it('is refused where another contract that may run could not any more, and changes nothing', async () => {
      const { publisher } = await publishSample();
      const change = publisher.changeStatus({ ...REFS.product, status: 'ARCHIVED', actor: 'bob' });
      await expect(change).rejects.toMatchObject({
        code: 'contract.not_active',
        message: expect.stringContaining('RuleSet product-core@1.3.0'),
      });
      expect(await statusesIn(publisher)).toMatchObject({ 'Schema product@2.1.0': 'ACTIVE' });
    });

    it('leads nowhere from ARCHIVED', async () => {
      const { publisher, drafts } = await publishSample();
      const ref = { id: drafts.view.id, version: drafts.view.version };
      await publisher.changeStatus({ kind: 'View', ref, status: 'ARCHIVED', actor: 'bob' });
      const back = publisher.changeStatus({ kind: 'View', ref, status: 'ACTIVE', actor: 'bob' });
      await expect(back).rejects.toMatchObject({ code: 'contract.status_illegal' });
    });

    it('of a contract that is not there is refused', async () => {
      const publisher = await openPublisher();
      const change = publisher.changeStatus({ ...REFS.rules, status: 'ARCHIVED', actor: 'bob' });
      await expect(change).rejects.toMatchObject({ code: 'contract.unknown' });
    });

    it('to the one that it has changes nothing', async () => {
      const { publisher } = await publishSample();
      const same = await publisher.changeStatus({ ...REFS.rules, status: 'ACTIVE', actor: 'bob' });
      expect(same.outcome).toBe('unchanged');
      expect(await publisher.history(REFS.rules.kind, REFS.rules.ref)).toHaveLength(1);
    });
  });

  it('lets publishers take turns: of two contents for one version one is in, and the other is refused', async () => {
    const options = { connectionString: url, schema: freshSchema() };
    await migratePostgres(options);
    const racers = ['one', 'two', 'three', 'four'].map(async (description) => {
      const publisher = await openPostgresPublisher(options);
      const { brand } = sampleDrafts();
      return publish(publisher, [{ ...brand, description }], description).finally(() => publisher.close());
    });
    const outcomes = await Promise.allSettled(racers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'contract.content_changed' });
    }
  });
});
