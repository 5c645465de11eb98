/**
 * Reads the fenced code blocks of a Markdown page as steps to take, in order:
 *
 * | block                      | step |
 * | -------------------------- | ---- |
 * | `ts`                       | type-check it and run it as a module |
 * | `ts continue`              | the same, as the rest of the `ts` block before it |
 * | `ts no-run="reason"`       | only type-check it |
 * | `bash run`                 | run it with `slicewise` on PATH |
 * | `text output`              | what the step before it printed; `…` stands for anything |
 * | any with `file=some/path`  | write it there |
 *
 * All steps of a page share one working folder. Blocks of any other kind are for the eye alone.
 */

export type Step =
  | {
      readonly kind: 'module';
      readonly line: number;
      readonly code: string;
      readonly run: boolean;
      readonly output?: string;
    }
  | { readonly kind: 'shell'; readonly line: number; readonly code: string; readonly output?: string }
  | { readonly kind: 'file'; readonly line: number; readonly code: string; readonly path: string };

interface Block {
  readonly line: number;
  readonly info: string;
  readonly code: string;
}

const FENCE = /^(?<indent> *)(?<ticks>`{3,}) *(?<info>[^`\n]*)\n(?<code>(?:.*\n)*?)\k<indent>\k<ticks> *$/gm;

export function readPage(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  for (const block of listBlocks(markdown)) {
    const [language = '', ...words] = block.info.trim().split(/\s+/);
    const path = /(?:^|\s)file=(\S+)/.exec(block.info)?.[1];
    if (path !== undefined) {
      steps.push({ kind: 'file', line: block.line, code: block.code, path });
    } else if (language === 'ts' && words.includes('continue')) {
      steps.push(joinModules(steps.pop(), block));
    } else if (language === 'ts') {
      steps.push({ kind: 'module', line: block.line, code: padTo(block.line, block.code), run: shouldRun(block) });
    } else if (['bash', 'sh'].includes(language) && words.includes('run')) {
      steps.push({ kind: 'shell', line: block.line, code: block.code });
    } else if (language === 'text' && words.includes('output')) {
      steps.push(withOutput(steps.pop(), block));
    }
  }
  return steps;
}

function listBlocks(markdown: string): readonly Block[] {
  return [...markdown.matchAll(FENCE)].map((match) => {
    const { indent = '', info = '', code = '' } = match.groups ?? {};
    const line = markdown.slice(0, match.index).split('\n').length;
    return { line, info, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}

function joinModules(before: Step | undefined, block: Block): Step {
  if (before?.kind !== 'module' || before.output !== undefined) {
    throw new Error(`line ${block.line}: expected a ts block right before one that continues it.`);
  }
  const gap = block.line - before.code.split('\n').length + 1;
  return { ...before, code: before.code + '\n'.repeat(Math.max(0, gap)) + block.code };
}

function withOutput(before: Step | undefined, block: Block): Step {
  if (!before || before.kind === 'file') throw new Error(`line ${block.line}: expected a step that prints before it.`);
  return { ...before, output: block.code };
}

/** Puts the code on the lines where the page has it, so that the compiler's messages name the page's lines. */
function padTo(line: number, code: string): string {
  return '\n'.repeat(line) + code;
}

function shouldRun({ info, line }: Block): boolean {
  if (!info.includes('no-run')) return true;
  if (!/no-run="[^"]+"/.test(info)) throw new Error(`line ${line}: expected no-run="reason", found ${info}. Say why.`);
  return false;
}

/** Whether a program printed what the page says; `…` stands for anything, a line of its own for any lines. */
export function matchesOutput(expected: string, actual: string): boolean {
  const pattern = trimLines(expected)
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(quotePattern).join('.*?')}\\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(`${trimLines(actual).join('\n')}\n`);
}

function trimLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
}

function quotePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
