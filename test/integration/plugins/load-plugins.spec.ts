import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '../../support/api.js';
import { PROJECT_ROOT } from '../../support/project-root.js';
import { startServerProcess } from '../../support/server-process.js';

const PLUGIN = `
import { Injectable } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { ApiObject, ApiResource, Client, Field, Plugin } from 'kubenest';
import { GROUP } from './group.js';

class CupSpec { @IsInt() size: number = 1 }

@ApiResource({ group: GROUP, version: 'v1', scope: 'Cluster' })
export class Cup extends ApiObject { @Field() spec!: CupSpec }

@Injectable()
class FirstCup {
  constructor(private readonly client: Client) {}
  async onApplicationBootstrap() {
    await this.client.for(Cup).create({ metadata: { name: 'first' }, spec: {} });
    void Promise.reject(new Error('nobody looks after this'));
  }
}

@Plugin({ resources: [Cup], providers: [FirstCup] })
export class Cups {}
`;

describe('--plugin', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubenest-plugins-'));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const start = (...flags: string[]) => startServerProcess({ flags: ['--storage-url', 'sqlite::memory:', ...flags] });
  const failure = (...flags: string[]): Promise<string> =>
    start(...flags).then(
      (server) => server.stop().then(() => 'it started'),
      (error: Error) => error.message,
    );

  beforeAll(() => {
    write('cups/cups.ts', PLUGIN);
    write('cups/group.ts', "export const GROUP: string = 'cups.example.com';\n");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('loads TypeScript from anywhere, several files of it, and survives promises that nobody looks after', async () => {
    const server = await start('--plugin', join(folder, 'cups/cups.ts'));
    try {
      const { status, body } = await asAdmin(server, '/apis/cups.example.com/v1/cups/first');
      expect([status, JSON.parse(body)]).toMatchObject([200, { kind: 'Cup', spec: { size: 1 } }]);
      await expect.poll(() => server.output()).toContain('nobody looks after this');
    } finally {
      await server.stop();
    }
  });

  it('loads several by the config file: files, folders and packages', async () => {
    write(
      'pots/package.json',
      '{ "name": "pots", "type": "module", "exports": { ".": { "import": "./lib/pots.js" } } }',
    );
    write(
      'pots/lib/pots.js',
      "import { Plugin } from 'kubenest';\nexport class Pots {}\nPlugin({ name: 'pots' })(Pots);\n",
    );
    const example = join(PROJECT_ROOT, 'examples', 'teapots', 'teapots.plugin.ts');
    const config = write('config.yaml', `plugin: [${join(folder, 'pots')}, ${example}]\n`);
    const server = await start('--config', config);
    try {
      const { body } = await asAdmin(server, '/apis/example.com/v1');
      expect(body).toContain('"teapots"');
    } finally {
      await server.stop();
    }
  });

  it.each<[string, string, string]>([
    ['is not there', './nowhere.js', 'nowhere.js: give a path from where the server is started'],
    ['is no package', 'no-such-plugin', 'npm install no-such-plugin'],
    ['exports none', 'empty.mjs', 'exports no plugin: export a class with @Plugin'],
    ['cannot be parsed', 'broken.mjs', 'it cannot be loaded'],
    ['throws', 'throws.mjs', 'it cannot be loaded: no tea'],
    ['is for another version', 'old/index.js', 'it is made for kubenest ^7.0.0, and this is'],
    ['has a field of no type', 'untyped.ts', 'BadSpec.size has no type that can be told'],
    ['asks for what nobody provides', 'lonely.ts', 'plugin Lonely: Nest can'],
  ])('says which plugin %s, and how to mend it', async (_what, name, text) => {
    write('empty.mjs', 'export const nothing = 1;\n');
    write('broken.mjs', 'export class {\n');
    write('throws.mjs', "throw new Error('no tea');\n");
    write('old/package.json', '{ "name": "old", "type": "module", "peerDependencies": { "kubenest": "^7.0.0" } }');
    write('old/index.js', 'export const nothing = 1;\n');
    write(
      'untyped.ts',
      `import { ApiObject, ApiResource, Field, Plugin } from 'kubenest';
       class BadSpec { @Field() size!: number | string }
       @ApiResource({ group: 'bad.example.com', version: 'v1' }) class Bad extends ApiObject { @Field() spec!: BadSpec }
       @Plugin({ resources: [Bad] }) export class Bads {}`,
    );
    write(
      'lonely.ts',
      `import { Injectable } from '@nestjs/common'; import { Plugin } from 'kubenest';
       class Friend {} @Injectable() class Needy { constructor(readonly friend: Friend) {} }
       @Plugin({ providers: [Needy] }) export class Lonely {}`,
    );
    const given = /^\.|^no-/.test(name) ? name : join(folder, name);
    const told = await failure('--plugin', given);
    expect(told).toContain(text);
    expect(told).toContain('plugin ');
  });
});
