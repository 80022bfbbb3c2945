import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_DESCRIPTIONS } from '../apimachinery/openapi/schema-writer.js';
import { Catalogue } from './catalogue.js';
import { openDescriptions } from './descriptions.js';

describe('descriptions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubenest-descriptions-'));
  const file = pathToFileURL(join(folder, 'descriptions.json.br'));

  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/build-descriptions.mjs', folder]);
    if (status !== 0) throw new Error(String(stderr));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tell of types, of fields, of the fields that all kinds share, and of values with a text form', () => {
    const descriptions = openDescriptions(file);
    expect(descriptions.describeType('core.v1.PodSpec')).toContain('PodSpec');
    expect(descriptions.describeField('core.v1.PodSpec', 'affinity')).toContain('scheduling');
    expect(descriptions.describeField('core.v1.PodSpec', 'dnsPolicy')).toContain('\n - `"ClusterFirst"`');
    expect(descriptions.describeField('rbac.v1.Role', 'apiVersion')).toContain('APIVersion');
    expect(descriptions.describeType('io.k8s.apimachinery.pkg.apis.meta.v1.Time')).toContain('time');
    expect(descriptions.describeField('core.v1.PodSpec', 'nonsense')).toBeUndefined();
    expect(descriptions.describeField('nonsense', 'spec')).toBeUndefined();
  });

  it('cover nearly every type', () => {
    const descriptions = openDescriptions(file);
    const names = new Catalogue().typeNames();
    const described = names.filter((name) => descriptions.describeType(name) !== undefined);
    expect(described.length).toBeGreaterThan(0.9 * names.length);
  });

  it('are none where the build made no file', () => {
    expect(openDescriptions(new URL('./absent.br', file))).toBe(NO_DESCRIPTIONS);
  });
});
