import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locatePlugin } from './locate-plugin.js';

describe('where a plugin is', () => {
  const root = mkdtempSync(join(tmpdir(), 'kubenest-locate-'));
  const write = (name: string, text = ''): void => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  beforeAll(() => {
    write('app/lone.ts');
    write('app/folder/index.mjs');
    write('app/unbuilt/package.json', '{ "exports": "./dist/index.js" }');
    write('node_modules/plain/package.json', '{ "main": "lib.js", "peerDependencies": { "kubenest": "^1.0.0" } }');
    write('node_modules/plain/lib.js');
    const exports = { '.': { types: './a.d.ts', import: { node: './a.mjs' }, require: './a.cjs' } };
    write('node_modules/@team/modern/package.json', JSON.stringify({ exports }));
    write('node_modules/@team/modern/a.mjs');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const locate = (given: string) => {
    const { path, range } = locatePlugin(given, join(root, 'app'));
    return [path.slice(root.length), range];
  };

  it.each([
    ['./lone.ts', '/app/lone.ts', undefined],
    ['lone.ts', '/app/lone.ts', undefined],
    ['folder', '/app/folder/index.mjs', undefined],
    ['plain', '/node_modules/plain/lib.js', '^1.0.0'],
    ['@team/modern', '/node_modules/@team/modern/a.mjs', undefined],
    ['../node_modules/plain/lib.js', '/node_modules/plain/lib.js', '^1.0.0'],
  ])('is found: %s', (given, path, range) => {
    expect(locate(given)).toEqual([path, range]);
  });

  it.each([
    ['./none.js', 'app/none.js: give a path from where the server is started'],
    ['none', 'or above: npm install none, or write ./none'],
    ['unbuilt', 'has no ./dist/index.js: build it'],
  ])('is told where it is not: %s', (given, text) => {
    expect(() => locate(given)).toThrow(text);
  });
});
