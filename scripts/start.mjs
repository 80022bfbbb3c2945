// npm start: compiles when a source is newer than what was compiled, then runs the compiled server in this process.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'dist', 'src', 'main.js');

function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const sources = ['src', 'migrations', '.swcrc', 'nest-cli.json', 'package.json'].map((name) =>
  newest(join(root, name)),
);
if (!existsSync(entry) || Math.max(...sources) > statSync(entry).mtimeMs) {
  const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  const build = spawnSync(process.execPath, [nest, 'build'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) {
    process.stderr.write(`${build.stdout}${build.stderr}\nkubenest: the build failed; see above\n`);
    process.exit(1);
  }
}
await import(pathToFileURL(entry).href);
