import type { Invocation } from './invocation.ts';
import { formatJson } from './output/format-json.ts';

/** A command's result: the whole of it as one JSON line, or what `render` makes of it for people. */
export async function printResult<Result>(
  invocation: Invocation,
  result: Result,
  render: (result: Result) => string,
): Promise<void> {
  const { terminal, settings } = invocation;
  await terminal.out.write(settings.format === 'json' ? `${formatJson(result)}\n` : render(result));
}
