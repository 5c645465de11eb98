import { COMMIT_BUGS } from './commit-bugs.ts';
import { OTHER_BUGS } from './other-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';
import { STATUS_BUGS } from './status-bugs.ts';

/** Every bug that the simulator has to see. */
export const PLANTED_BUGS: readonly PlantedBug[] = [...COMMIT_BUGS, ...STATUS_BUGS, ...OTHER_BUGS];
