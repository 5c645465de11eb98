/** Reads where the links of a Markdown page lead, and which headings can be led to, as GitHub names them. */

const FENCE = /^ *(`{3,}).*\n(?:.*\n)*? *\1 *$/gm;
const INLINE_CODE = /`[^`\n]*`/g;
const LINK = /(?<!\\)\]\((?<target>[^()\s]+)(?: "[^"]*")?\)/g;
const HEADING = /^#{1,6} +(?<text>.+?) *#*$/gm;
const ELSEWHERE = /^[a-z][a-z+.-]*:/i;

export interface PageLink {
  readonly line: number;
  /** Relative to the page; empty: the page itself. */
  readonly path: string;
  /** Empty where the link names no heading. */
  readonly anchor: string;
}

/** Links within the repository, in their order; what is an example in code is none. */
export function linksOf(markdown: string): readonly PageLink[] {
  const text = markdown.replaceAll(FENCE, blankLines).replaceAll(INLINE_CODE, (code) => ' '.repeat(code.length));
  return [...text.matchAll(LINK)].flatMap((match) => {
    const target = match.groups?.['target'] ?? '';
    if (ELSEWHERE.test(target)) return [];
    const [path = '', anchor = ''] = target.split('#');
    return [{ line: text.slice(0, match.index).split('\n').length, path: decodeURI(path), anchor }];
  });
}

/** Every anchor of a page: of a heading that is there twice, the second is `name-1`. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  for (const match of markdown.replaceAll(FENCE, blankLines).matchAll(HEADING)) {
    const name = anchorOf(match.groups?.['text'] ?? '');
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    anchors.add(count === 0 ? name : `${name}-${count}`);
  }
  return anchors;
}

function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

function blankLines(block: string): string {
  return block.replaceAll(/[^\n]+/g, '');
}
