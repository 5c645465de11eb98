import type { JoinRule } from '../../domain/contracts/compiled-contracts.ts';
import type { EntityKey, Version } from '../../domain/identity.ts';
import type { Pin } from '../../domain/records.ts';
import { type JoinedSource, projectionHashOf } from '../../domain/slice/light-join.ts';
import type { RuntimeContext } from './context.ts';
import { loadSourceVersions, type NamedSource } from './join-sources.ts';
import { pagesOfVersions } from './version-pages.ts';

type ProjectionHash = Pin['projectionHash'];

/** Of one version of a source. */
type Projected = ProjectionHash | 'unreadable' | 'none';

/**
 * What the versions of join sources project, each looked up once. Whoever compared a pin with the newest version alone
 * would miss a projection that moved and came back, while a revision with the one in between is still under way.
 */
export class ProjectionHistory {
  readonly #context: RuntimeContext;
  /** Join → source → version → what it projects. */
  readonly #known = new Map<JoinRule, Map<EntityKey, Map<Version, Projected>>>();

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Whether what a `LATEST` join pinned is what every version of its source projects since.
   * @param now what the source resolves to
   */
  async isUnmoved(source: NamedSource, pin: Pin, now: JoinedSource): Promise<boolean> {
    if (now.state === 'absent') return pin.version === null;
    if (projectionHashOf(source.join, now) !== pin.projectionHash) return false;
    for await (const versions of pagesOfVersions(this.#context, source, pin.version ?? 0, now.version - 1)) {
      const projected = await this.#projectedBy(source, versions);
      if (projected.some((projection) => projection !== pin.projectionHash && projection !== 'none')) return false;
    }
    return true;
  }

  async #projectedBy(source: NamedSource, versions: readonly Version[]): Promise<readonly Projected[]> {
    const known = this.#knownOf(source);
    const unknown = versions.filter((version) => !known.has(version));
    const loaded = unknown.length === 0 ? [] : await loadSourceVersions(this.#context, source, unknown);
    for (const [index, version] of unknown.entries()) known.set(version, projectedBy(source, loaded[index]));
    return versions.map((version) => known.get(version) ?? 'none');
  }

  #knownOf({ entityKey, join }: NamedSource): Map<Version, Projected> {
    const sources = this.#known.get(join) ?? new Map<EntityKey, Map<Version, Projected>>();
    this.#known.set(join, sources);
    const known = sources.get(entityKey) ?? new Map<Version, Projected>();
    sources.set(entityKey, known);
    return known;
  }
}

function projectedBy({ join }: NamedSource, source: JoinedSource | 'unreadable' | undefined): Projected {
  if (source === undefined) return 'none';
  return source === 'unreadable' ? source : projectionHashOf(join, source);
}
