import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../apis/catalogue.js';
import { internalForm } from './internal-form.js';

const catalogue = new Catalogue();
const shown = (type: string, value: Parameters<typeof internalForm>[1]) =>
  internalForm(catalogue.schemaOf(type), value);

describe('the form that messages show', () => {
  it('spells fields as the types inside kube-apiserver do', () => {
    expect(shown('core.v1.AzureDiskVolumeSource', { diskName: 'd', diskURI: 'u' })).toMatchObject({ DataDiskURI: 'u' });
    expect(shown('core.v1.RBDVolumeSource', { monitors: ['m'], image: 'i' })).toMatchObject({
      CephMonitors: ['m'],
      RBDImage: 'i',
    });
    expect(shown('core.v1.WindowsSecurityContextOptions', {})).toMatchObject({ GMSACredentialSpecName: null });
  });

  it('tells the metadata of templates among their fields, labels in order', () => {
    const metadata = { labels: { b: '2', a: '1' } };
    const template = shown('core.v1.PodTemplateSpec', { metadata, spec: { containers: null } });
    expect(JSON.stringify(template)).toMatch(/^{"labels":{"a":"1","b":"2"},"Spec":{/);
  });
});
