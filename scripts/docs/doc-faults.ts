import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A path of this project as text mentions it: a known top folder, then names; wildcards and placeholders are no paths. */
const MENTION = /`((?:src|test|scripts|bench|docs|migrations|examples)\/[\w./-]*)`/g;
const LINK = /\]\(([^)\s]+)\)/g;

/** Markdown files that people read, as paths from the root. */
export function documents(root: string): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...below].sort();
}

/** What a document says of files that are not there, one text a fault. */
export function faultsOf(root: string, document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  const faults: string[] = [];
  for (const [, path = ''] of text.matchAll(MENTION)) {
    if (!existsSync(join(root, path))) faults.push(`${document}: there is no ${path}`);
  }
  for (const [, target = ''] of text.matchAll(LINK)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#', 2);
    const file = path === '' ? document : relative(root, join(root, dirname(document), path));
    if (!existsSync(join(root, file))) faults.push(`${document}: the link to ${target} leads nowhere`);
    else if (anchor !== undefined && !anchors(readFileSync(join(root, file), 'utf8')).has(anchor)) {
      faults.push(`${document}: ${file} has no heading for #${anchor}`);
    }
  }
  return faults;
}

/** Headings as Markdown viewers make anchors of them. */
function anchors(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}
