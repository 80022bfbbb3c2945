/**
 * `node scripts/run-ts.mjs scripts/check-docs.ts [--write]`: says which documents name files that are not there, and whether
 * docs/reference/flags.md is what the option table says; `--write` writes that file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents, faultsOf } from './docs/doc-faults.js';
import { flagsReference } from './docs/flags-reference.js';

const root = process.cwd();
const reference = join(root, 'docs', 'reference', 'flags.md');
if (process.argv.includes('--write')) writeFileSync(reference, flagsReference());
const faults = documents(root).flatMap((document) => faultsOf(root, document));
if (readFileSync(reference, 'utf8') !== flagsReference()) {
  faults.push('docs/reference/flags.md is old: write it anew with --write');
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`${documents(root).length} documents, ${faults.length} faults\n`);
process.exit(faults.length === 0 ? 0 : 1);
