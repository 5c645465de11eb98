import type { ModuleBug } from './changed-module.ts';
import { STALE } from './fan-out-bugs.ts';

const STALE_IS_OWED = /^L12 what is stale is owed$/;

export const MODULE_BUGS: readonly ModuleBug[] = [
  {
    name: 'the references to a payload are read before anybody says that it is being collected',
    breaks: /^L2 what a version refers to is there$/,
    changes: [
      {
        module: 'src/flows/runtime/collection/collect-payloads.ts',
        edits: [
          [
            '  const orphans = await unreferenced(context, address, payloads, signal);\n  for (const',
            '  const orphans = payloads;\n  for (const',
          ],
        ],
      },
    ],
  },
  {
    name: 'sources are not looked at again behind the commit',
    breaks: STALE_IS_OWED,
    changes: [
      {
        module: 'src/flows/runtime/slicing.ts',
        edits: [['  return recheck(context, behind, sliced);\n', '  return sliced;\n']],
      },
    ],
  },
  {
    name: 'a debt is paid with the commit, so that a crash forgets to look at the sources again',
    breaks: STALE_IS_OWED,
    changes: [
      {
        module: 'src/flows/runtime/slicing.ts',
        edits: [
          [
            '  return recheck(context, behind, sliced);\n',
            `  if ((await settle(context, behind)) !== 'settled') return recheck(context, behind, sliced);
  const { [formatRef(task.request.ruleSet.ref)]: _paid, ...owed } = behind.status.owed;
  const status = { ...behind.status, counter: behind.status.counter + 1, owed };
  return { ...(await recheck(context, { ...behind, status }, sliced)), isSettled: true, isOvertaken: false };
`,
          ],
        ],
      },
    ],
  },
  {
    name: 'a pin is compared with what its source is now, and not with what it was in between',
    breaks: /^L12 (what moved and came back is followed|what is stale is owed)$/,
    changes: [
      {
        module: 'src/flows/runtime/projection-history.ts',
        edits: [['pin.version ?? 0, now.version - 1)', 'now.version - 1, now.version - 1)']],
      },
    ],
  },
  {
    name: 'FAILED is written without resolving once more what nobody owed until then',
    breaks: /^L12 no update makes FAILED of NONE$/,
    changes: [
      {
        module: 'src/flows/runtime/settle.ts',
        edits: [
          [
            "  const marked = await markOwed(context, { request, status });\n  if (marked !== status) return 'again';\n",
            '',
          ],
          [
            '  const failed = statusAfterFail(status,',
            `  const { counter } = status;
  const marked = statusAfterMark(status, change);
  const failed = statusAfterFail(marked === null ? status : { ...marked, counter },`,
          ],
        ],
      },
    ],
  },
  {
    name: 'what was refused counts as refused behind its commit, and a fan-out takes its pins for all that there is',
    breaks: /^L12 what is refused though its sources are there is owed$/,
    changes: [
      {
        module: 'src/flows/runtime/commit-slicing.ts',
        edits: [['const reopened = statusWhenReopened(context, task);', 'const reopened = null;']],
      },
      {
        module: 'src/flows/runtime/fan-out/judge-parents.ts',
        edits: [['return this.#lookAgain(candidates, judged, lagging);', 'return judged;']],
      },
    ],
  },
  {
    name: 'an entry of the index is trusted though its head does not support it',
    breaks: /^L10 an index names who is there, and says so of nobody else$/,
    changes: [
      {
        module: 'src/flows/runtime/inverted-index/look-up-index.ts',
        edits: [
          ["  return isAhead(hint, head) ? 'pending' : 'stale';", "  return isAhead(hint, head) ? 'pending' : 'true';"],
        ],
      },
    ],
  },
  {
    name: 'a hint whose commit is still to come is swept',
    breaks: /^L(3 hints are there before the commit|3 no parent is stale in the end|12 what is stale is owed)$/,
    changes: [
      {
        module: 'src/flows/runtime/fan-out/judge-parents.ts',
        edits: [
          [
            "(typeof hint === 'string' || isAhead(hint, head) ? [] : [hint])",
            "(typeof hint === 'string' ? [] : [hint])",
          ],
          [
            "if (head === undefined) return { verdict: 'left_alone' };",
            "if (head === undefined) return { verdict: 'stale', hints: candidate.named.flatMap(({ hint }) => (typeof hint === 'string' ? [] : [hint])) };",
          ],
        ],
      },
    ],
  },
  {
    name: 'a fan-out that began behind the mark settles what an earlier change still owes',
    breaks: STALE,
    changes: [
      {
        module: 'src/domain/pipeline-state.ts',
        edits: [['status.fannedOutTo === from && status.fills === fills;', 'status.fills === fills;']],
      },
    ],
  },
  {
    name: 'of a range of versions only the ends are compared',
    breaks: STALE,
    changes: [
      {
        module: 'src/flows/runtime/version-pages.ts',
        edits: [
          [
            '(first + index) as Version);',
            '(first + index) as Version).filter((_, index) => index === 0 || index === count - 1);',
          ],
        ],
      },
    ],
  },
];
