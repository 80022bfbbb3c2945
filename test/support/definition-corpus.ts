import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A CustomResourceDefinition as far as it is renamed here. */
export interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly Version[];
  };
}

interface Version {
  readonly name: string;
  readonly schema?: { readonly openAPIV3Schema?: { readonly properties?: Record<string, object> } };
}

/** Definitions of real projects out of a folder of YAML files; invented ones of the same size where there is no such folder. */
export function readCorpus(folder: string): { readonly source: string; readonly definitions: readonly Definition[] } {
  if (!existsSync(folder)) return { source: `invented (${folder} is not there)`, definitions: invented() };
  const definitions = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')).map((document) => document.toJS()))
    .filter((value): value is Definition => value?.kind === 'CustomResourceDefinition');
  return { source: folder, definitions };
}

/**
 * As many definitions as asked for, each in a group of its own. Schemas differ, by one field, unless `equal`: then copies of one
 * definition have the same schema.
 */
export function* renamed(definitions: readonly Definition[], count: number, equal: boolean): Generator<Definition> {
  for (let i = 0; i < count; i++) {
    const { apiVersion, kind, spec } = definitions[i % definitions.length]!;
    const group = `g${Math.floor(i / definitions.length)}.${spec.group.replace(/\.(x-)?k8s\.io$/, '.example.com')}`;
    const versions = equal ? spec.versions : spec.versions.map((version) => withField(version, `bench${i}`));
    yield { apiVersion, kind, metadata: { name: `${spec.names.plural}.${group}` }, spec: { ...spec, group, versions } };
  }
}

function withField(version: Version, name: string): Version {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return version;
  const properties = {
    ...schema.properties,
    [name]: { type: 'string', description: `Makes the schema ${name}'s own.` },
  };
  return { ...version, schema: { openAPIV3Schema: { ...schema, properties } } };
}

const INVENTED = 20;
const SECTIONS = 12;
const FIELDS = 16;

function invented(): Definition[] {
  return Array.from({ length: INVENTED }, (_, i) => {
    const field = (n: number): object => ({
      type: 'object',
      description: 'One of many fields that a real definition has, with a description of usual length beside it.',
      properties: {
        name: { type: 'string', maxLength: 63 + n, pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' },
        weight: { type: 'integer', format: 'int32', minimum: 0, maximum: 100 + i },
        enabled: { type: 'boolean' },
      },
      required: ['name'],
    });
    const fields = Object.fromEntries(Array.from({ length: FIELDS }, (_, n) => [`field${n}`, field(n)]));
    const section = { type: 'array', maxItems: 64, items: { type: 'object', properties: fields } };
    const sections = Object.fromEntries(Array.from({ length: SECTIONS }, (_, n) => [`section${n}`, section]));
    const spec = { type: 'object', properties: sections };
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object' } } } };
    const names = { plural: `things${i}`, kind: `Thing${i}` };
    const versions = [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }];
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${names.plural}.bench.example.com` },
      spec: { group: 'bench.example.com', scope: 'Namespaced', names, versions },
    };
  });
}
