import type { EntityAddress, StatusRecord } from '../../domain/records.ts';
import type { OnceRecord } from '../../ports/store.ts';
import { collectingAttributes, erasureAttributes } from './collection-codec.ts';
import { type Item, keyAttributes, ofText } from './item.ts';
import {
  bindingAttributes,
  changeSetAttributes,
  sliceAttributes,
  snapshotAttributes,
  statusAttributes,
} from './item-codec.ts';
import { directoryKeyOf, itemKeyOf, statePartition } from './item-key.ts';
import { shardOf } from './shard-of.ts';
import { STATE_INDEX } from './table-layout.ts';

/** Whole items: their keys, their attributes, and in which indexes they are listed. */

export function onceItem(record: OnceRecord): Item {
  return { ...keyAttributes(itemKeyOf(record)), ...onceAttributes(record) };
}

function onceAttributes(record: OnceRecord): Item {
  switch (record.kind) {
    case 'change-set':
      return changeSetAttributes(record);
    case 'slice':
      return sliceAttributes(record);
    case 'contract-snapshot':
      return snapshotAttributes(record);
    case 'contract-binding':
      return bindingAttributes(record);
    case 'collecting':
      return collectingAttributes(record);
    case 'erasure':
      return erasureAttributes(record);
  }
}

export function statusItem(status: StatusRecord, shards: number): Item {
  const { tenantId, entityKey, state } = status;
  return {
    ...keyAttributes(itemKeyOf(status)),
    ...statusAttributes(status),
    [STATE_INDEX.pk]: ofText(statePartition(tenantId, state, shardOf(entityKey, shards))),
    [STATE_INDEX.sk]: ofText(entityKey),
  };
}

/** All that a directory entry says is that the entity is there. */
export function directoryItem(address: EntityAddress, shards: number): Item {
  return keyAttributes(directoryKeyOf(address, shardOf(address.entityKey, shards)));
}
