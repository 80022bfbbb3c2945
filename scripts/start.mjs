// npm start: compiles when a source is newer than what was compiled, then runs the compiled server in this process.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'dist', 'bundle', 'main.mjs');

function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function runOrExit(script, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}\nkubenest: the build failed; see above\n`);
  process.exit(1);
}

const inputs = [
  'src',
  'migrations',
  'scripts/bundle.mjs',
  'scripts/build-descriptions.mjs',
  '.swcrc',
  'nest-cli.json',
  'package.json',
];
if (!existsSync(entry) || Math.max(...inputs.map((name) => newest(join(root, name)))) > statSync(entry).mtimeMs) {
  runOrExit(createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js'), ['build']);
  runOrExit(join(root, 'scripts', 'build-descriptions.mjs'), []);
  runOrExit(join(root, 'scripts', 'bundle.mjs'), []);
}
await import(pathToFileURL(entry).href);
