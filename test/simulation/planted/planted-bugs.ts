import { COLLECTION_BUGS } from './collection-bugs.ts';
import { COMMIT_BUGS } from './commit-bugs.ts';
import { FAN_OUT_BUGS } from './fan-out-bugs.ts';
import { OTHER_BUGS } from './other-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';
import { STATUS_BUGS } from './status-bugs.ts';

/** Every bug that the simulator has to see. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...COMMIT_BUGS,
  ...STATUS_BUGS,
  ...FAN_OUT_BUGS,
  ...OTHER_BUGS,
  ...COLLECTION_BUGS,
];
