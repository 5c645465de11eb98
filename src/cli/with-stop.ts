const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that a first SIGINT or SIGTERM asks to stop; a second one ends the process at once, which is safe: what
 * was acknowledged is durable, and the same command again goes on.
 */
export async function withStop<Result>(work: (stop: AbortController) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const ask = () => {
    stop.abort();
    // With nobody listening, the next signal does what signals do.
    forget();
  };
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, ask);
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  try {
    return await work(stop);
  } finally {
    forget();
  }
}
