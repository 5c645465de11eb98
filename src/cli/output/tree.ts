export interface TreeNode {
  readonly label: string;
  readonly children?: readonly TreeNode[];
}

/** A label and, below it, its children on branches; labels of several lines keep the branches whole. */
export function renderTree(root: TreeNode, styleBranch: (text: string) => string): string {
  const lines = [...root.label.split('\n')];
  pushChildren(root, '', lines, styleBranch);
  return `${lines.join('\n')}\n`;
}

function pushChildren(node: TreeNode, prefix: string, lines: string[], styleBranch: (text: string) => string): void {
  const children = node.children ?? [];
  children.forEach((child, index) => {
    const isLast = index === children.length - 1;
    const deeper = prefix + (isLast ? '   ' : '│  ');
    const [first = '', ...rest] = child.label.split('\n');
    lines.push(styleBranch(prefix + (isLast ? '└─ ' : '├─ ')) + first);
    for (const line of rest) lines.push(styleBranch(deeper) + line);
    pushChildren(child, deeper, lines, styleBranch);
  });
}
