import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectl, Kubectl } from '../support/kubectl.js';
import { PROJECT_ROOT } from '../support/project-root.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const CORPUS = join(PROJECT_ROOT, 'test', 'e2e', 'manifests');
const EXPLAINS_AT_ONCE = 4;
/** Times within objects count seconds: in the next one an apply has a chance to change them. */
const NEXT_SECOND_MS = 1_100;
const EXPLAIN_ALL_MS = 180_000;
const found = findKubectl();

/** Files in the order of their names: definitions come before what they define. */
const files = readdirSync(CORPUS).sort();

describe.runIf(found !== undefined)('manifests as people write them', () => {
  let server: ServerProcess;
  let kubectl: Kubectl;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'kubenest-corpus-'));
    server = await startServerProcess({ dataDir: join(home, 'data') });
    kubectl = new Kubectl(found ?? '', server.kubeconfig, home);
    for (const name of ['corpus', 'corpus-server']) await kubectl.ok(['create', 'namespace', name]);
  });

  afterAll(async () => {
    await server?.stop();
    await rm(home, { recursive: true, force: true });
  });

  describe.each([
    { way: 'by the client', namespace: 'corpus', flags: [] },
    { way: 'by the server', namespace: 'corpus-server', flags: ['--server-side'] },
  ])('applied $way', ({ namespace, flags }) => {
    const args = (verb: string, file: string) => {
      // What has no namespace was there before: the second round takes over from the first.
      const force = flags.length > 0 ? ['--force-conflicts'] : [];
      return ['-n', namespace, verb, ...flags, ...force, '-f', join(CORPUS, file)];
    };
    const apply = async (file: string) => (await kubectl.ok(args('apply', file))).trimEnd().split('\n');

    const lines = new Map<string, number>();

    beforeAll(async () => {
      for (const file of files) {
        lines.set(file, (await apply(file)).length);
        if (file.endsWith('-definitions.yaml')) {
          await kubectl.ok(['wait', '--for=condition=Established', '--timeout=10s', '-f', join(CORPUS, file)]);
        }
      }
      await delay(NEXT_SECOND_MS);
    });

    it.each(files)('%s can be applied again without a change, and shows no difference', async (file) => {
      const before = await versions(file, namespace);
      const again = await apply(file);
      expect(again).toHaveLength(lines.get(file) ?? 0);
      const calm =
        flags.length > 0
          ? / serverside-applied$/
          : file.includes('careless')
            ? / (?:unchanged|configured)$/
            : / unchanged$/;
      expect(again.filter((line) => !calm.test(line))).toEqual([]);
      expect(await versions(file, namespace)).toEqual(before);
      expect(await kubectl.run(args('diff', file))).toMatchObject({ code: 0, stdout: '' });
    });
  });

  /** Name and resourceVersion of what a file speaks of. */
  async function versions(file: string, namespace: string): Promise<string> {
    const columns = 'custom-columns=KIND:.kind,NAME:.metadata.name,VERSION:.metadata.resourceVersion';
    return kubectl.ok(['-n', namespace, 'get', '-f', join(CORPUS, file), '-o', columns]);
  }

  it(
    'can be looked up: every resource is explained to the last field',
    async () => {
      const table = await kubectl.ok(['api-resources', '--no-headers']);
      const resources = table.trimEnd().split('\n').map(resourceOf);
      expect(resources.length).toBeGreaterThan(60);
      const faults: string[] = [];
      const queue = [...resources];
      const work = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const { name, apiVersion, kind } = next;
          const { code, stdout, stderr } = await kubectl.run([
            'explain',
            '--recursive',
            '--api-version',
            apiVersion,
            name,
          ]);
          if (code !== 0 || !stdout.includes(`KIND:       ${kind}\n`)) faults.push(`${name} ${apiVersion}: ${stderr}`);
        }
      };
      await Promise.all(Array.from({ length: EXPLAINS_AT_ONCE }, work));
      expect(faults).toEqual([]);
    },
    EXPLAIN_ALL_MS,
  );
});

/** A line of `kubectl api-resources`: name, short names (or none), version, whether it is namespaced, kind. */
function resourceOf(line: string): { name: string; apiVersion: string; kind: string } {
  const columns = line.trim().split(/\s+/);
  const [apiVersion = '', , kind = ''] = columns.slice(-3);
  return { name: columns[0] ?? '', apiVersion, kind };
}
