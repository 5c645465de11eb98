import { type Logger, SILENT_LOGGER } from '../ports/logger.ts';
import type { LogLevel } from './settings.ts';

const STDERR = 2;

/** Logs as JSON lines on stderr, through pino, which is loaded only if there are any. */
export async function openLogger(level: LogLevel | null): Promise<Logger> {
  if (level === null) return SILENT_LOGGER;
  const { pino } = await import('pino');
  // Synchronous, so that nothing is lost when the process ends.
  const logger: Logger = pino({ level, name: 'slicewise' }, pino.destination({ fd: STDERR, sync: true }));
  return logger;
}
