import { once } from 'node:events';
import { styleText } from 'node:util';
import { SlicewiseError } from '../../domain/errors.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** Where a command writes. A reader that goes away (EPIPE) is no error: what comes after it is dropped. */
export interface Sink {
  write(content: string | Uint8Array): Promise<void>;
  /** Whether nobody reads any more. */
  readonly isClosed: boolean;
  /** Aborts when nobody reads any more. */
  readonly closed: AbortSignal;
  readonly isTerminal: boolean;
  /** Columns of the terminal; 100 where it is none. */
  readonly columns: number;
  readonly paint: Paint;
}

export interface Terminal {
  readonly out: Sink;
  readonly err: Sink;
}

const COLUMNS_WITHOUT_TERMINAL = 100;

export interface SinkOptions {
  /** How messages call it, e.g. `stdout`. */
  readonly name: string;
  /** `never` wins over everything; `auto` follows the terminal, NO_COLOR and FORCE_COLOR. */
  readonly colour: 'auto' | 'never';
}

export function createSink(stream: NodeJS.WriteStream, options: SinkOptions): Sink {
  const closed = new AbortController();
  let failure: SlicewiseError | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure = unwritable(options.name, error);
    closed.abort();
  });
  return {
    async write(content) {
      if (failure !== null) throw failure;
      if (closed.signal.aborted || content.length === 0) return;
      if (!stream.write(content)) await waitForDrain(stream, closed.signal);
      if (failure !== null) throw failure;
    },
    get isClosed() {
      return closed.signal.aborted;
    },
    closed: closed.signal,
    isTerminal: stream.isTTY === true,
    get columns() {
      // A terminal of unknown width says 0.
      return stream.columns || COLUMNS_WITHOUT_TERMINAL;
    },
    paint: (style, text) => (options.colour === 'never' || text === '' ? text : styleText(style, text, { stream })),
  };
}

async function waitForDrain(stream: NodeJS.WriteStream, closed: AbortSignal): Promise<void> {
  try {
    await once(stream, 'drain', { signal: closed });
  } catch (error) {
    // Rejects when the reader is gone, which ends the wait as well, or with the stream's own error.
    if (!closed.aborted) throw error;
  }
}

function unwritable(name: string, cause: Error): SlicewiseError {
  return new SlicewiseError({
    category: 'StorageUnavailable',
    code: 'output.unwritable',
    message: `${name}: expected to write, found ${cause.message}. Make room or choose another place, then run it again.`,
    details: { output: name },
    cause,
  });
}
