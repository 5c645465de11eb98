/** A server that tests talk to, whoever started it. */
export interface RunningService {
  readonly url: string;
  /** Which way it was had, for the run's log. */
  readonly how: string;
  /** Stops what was started for the tests, and nothing else. */
  stop(): Promise<void>;
}

/** The three ways to a service, in the order in which they are tried. */
export interface Service {
  readonly name: ServiceName;
  /** Takes the one that runs at `url`, which `SLICEWISE_TEST_<SERVICE>` names. */
  useRunning(url: string): Promise<RunningService>;
  startContainer(): Promise<RunningService>;
  /** Without a container engine: a plain process of this machine. */
  startProcess(): Promise<RunningService>;
}

export const SERVICE_NAMES = ['dynamodb', 'postgres', 's3'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The environment variable that points at a running one. */
export function variableOf(name: ServiceName): string {
  return `SLICEWISE_TEST_${name.toUpperCase()}`;
}
