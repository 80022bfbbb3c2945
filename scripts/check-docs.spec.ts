import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../test/support/project-root.js';
import { documents, faultsOf } from './docs/doc-faults.js';
import { flagsReference } from './docs/flags-reference.js';

describe('documents', () => {
  it('name only files and headings that are there', () => {
    expect(documents(PROJECT_ROOT)).toContain('README.md');
    expect(documents(PROJECT_ROOT).flatMap((document) => faultsOf(PROJECT_ROOT, document))).toEqual([]);
  });

  it('list the flags as the option table has them', () => {
    const written = readFileSync(join(PROJECT_ROOT, 'docs', 'reference', 'flags.md'), 'utf8');
    expect(written, 'write it anew: node scripts/run-ts.mjs scripts/check-docs.ts --write').toBe(flagsReference());
  });

  it('show the two commands that do everything', () => {
    const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
    expect(readme).toContain('npm ci && npm start\n');
    expect(readme).toContain('npm ci && npm test\n');
  });
});

describe('the check of documents', () => {
  it('finds a path, a link and a heading that lead nowhere', () => {
    const root = mkdtempSync(join(tmpdir(), 'kubenest-docs-'));
    mkdirSync(join(root, 'docs'));
    writeFileSync(join(root, 'docs', 'a.md'), '# One\n\n## Two words: three\n');
    const good = '[a](docs/a.md#two-words-three) [web](https://example.com/#x) `docs/a.md`';
    writeFileSync(join(root, 'b.md'), `# B\n\n${good} \`src/gone.ts\` [x](docs/b.md) [y](docs/a.md#three) [z](#c)\n`);
    expect(documents(root)).toEqual(['b.md', 'docs/a.md']);
    expect(faultsOf(root, 'b.md')).toEqual([
      'b.md: there is no src/gone.ts',
      'b.md: the link to docs/b.md leads nowhere',
      'b.md: docs/a.md has no heading for #three',
      'b.md: b.md has no heading for #c',
    ]);
    rmSync(root, { recursive: true, force: true });
  });
});
