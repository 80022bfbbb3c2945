/** `npm run bench:embed [ROUNDS]`: createApiServer, the first and the next of a process, from the package as it is published. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildServer } from './built-server.js';

const rounds = Number(process.argv[2] ?? 3);
const index = join(dirname(dirname(buildServer())), 'src', 'index.js');
const PROGRAM = `
const { createApiServer } = await import(${JSON.stringify(pathToFileURL(index).href)});
const imported = performance.now();
const times = [];
for (let i = 0; i < 4; i++) {
  const before = performance.now();
  const cpuBefore = process.cpuUsage();
  const server = await createApiServer();
  const { user, system } = process.cpuUsage(cpuBefore);
  times.push(Math.round(performance.now() - before) + ' ms (' + Math.round((user + system) / 1000) + ' of the processors)');
  await server.close();
}
console.log('imported in ' + Math.round(imported) + ' ms; started in ' + times.join(', '));
`;

for (let round = 1; round <= rounds; round++) {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    encoding: 'utf8',
  });
  process.stdout.write(`round ${round}: ${stdout}${stderr}`);
}
process.stdout.write('asked: the first started in 300 ms after import\n');
