#!/usr/bin/env node
/**
 * Builds `src/apis/data/catalogue.json`, the one description of every built-in type, from two sets of facts:
 *
 * - `scripts/facts/data/types.json`: what the published schema and the wire definitions say (type, defaults, merge keys, wire
 *   numbers);
 * - `scripts/facts/data/go-codec.json`: what Go's types say (order of fields, pointers, `omitempty`): per type a list of
 *   `"name goType [omitempty] [omitzero]"`, embedded structs already flattened.
 *
 *     node scripts/build-catalogue.mjs                     # rebuild the catalogue
 *     node scripts/build-catalogue.mjs --compact-go RAW    # first make go-codec.json from the output of facts/main.go
 *
 * The catalogue: type name -> `{ gvk?, mapType?, unions?, scalar?, fields }`, fields in the order of the Go struct. A field keeps
 * the keys of types.json and gains `go` (Go type, only where `type` does not imply it), `ptr`, `omit`, `omitZero`, and `in`: the
 * numbers of the wire messages around it, for fields that JSON flattens but protobuf does not.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = (path) => new URL(path, import.meta.url);
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Types the published schema leaves out or describes without Go facts. */
const SUPPLEMENT = {
  'meta.v1.PartialObjectMetadata': {
    gvk: [['meta.k8s.io', 'v1', 'PartialObjectMetadata']],
    fields: {
      kind: { type: 'string' },
      apiVersion: { type: 'string' },
      metadata: { type: '#meta.v1.ObjectMeta', zero: true, pb: 1 },
    },
  },
  'meta.v1.PartialObjectMetadataList': {
    gvk: [['meta.k8s.io', 'v1', 'PartialObjectMetadataList']],
    fields: {
      kind: { type: 'string' },
      apiVersion: { type: 'string' },
      metadata: { type: '#meta.v1.ListMeta', zero: true, pb: 1 },
      items: { type: ['#meta.v1.PartialObjectMetadata'], required: true, pb: 2 },
    },
  },
};

const SUPPLEMENT_GO = {
  'meta.v1.PartialObjectMetadataList': [
    'kind string omitempty',
    'apiVersion string omitempty',
    'metadata v1.ListMeta omitempty',
    'items []v1.PartialObjectMetadata',
  ],
  'version.Info': [
    'major string',
    'minor string',
    'emulationMajor string omitempty',
    'emulationMinor string omitempty',
    'minCompatibilityMajor string omitempty',
    'minCompatibilityMinor string omitempty',
    'gitVersion string',
    'gitCommit string',
    'gitTreeState string',
    'buildDate string',
    'goVersion string',
    'compiler string',
    'platform string',
  ],
};

/** Types whose JSON is "a schema or something else"; the published schema calls them any. */
const SPECIAL_SCALARS = {
  'apiextensions.v1.JSONSchemaPropsOrArray': 'SchemaOrArray',
  'apiextensions.v1.JSONSchemaPropsOrBool': 'SchemaOrBool',
  'apiextensions.v1.JSONSchemaPropsOrStringArray': 'SchemaOrStringArray',
};

const GO_OF_SPECIAL = {
  Quantity: 'resource.Quantity',
  Time: 'v1.Time',
  MicroTime: 'v1.MicroTime',
  Duration: 'v1.Duration',
  IntOrString: 'intstr.IntOrString',
  RawExtension: 'runtime.RawExtension',
  FieldsV1: 'v1.FieldsV1',
  JSON: 'v1.JSON',
  Patch: 'v1.Patch',
  string: 'string',
  boolean: 'bool',
  'integer:int32': 'int32',
  'integer:int64': 'int64',
  'number:double': 'float64',
  'string:byte': '[]uint8',
};

/** The Go type a field of this type has if nothing says otherwise. */
function impliedGoType(type) {
  if (Array.isArray(type)) return `[]${impliedGoType(type[0])}`;
  if (typeof type === 'object') return `map[string]${impliedGoType(type['*'])}`;
  if (type.startsWith('#')) return type.split('.').slice(-2).join('.');
  return GO_OF_SPECIAL[type] ?? type;
}

/** `k8s.io/api/core/v1.Pod` -> `core.v1.Pod`. */
function shortTypeName(goName) {
  const dot = goName.lastIndexOf('.');
  return `${goName.slice(0, dot).split('/').slice(-2).join('.')}${goName.slice(dot)}`;
}

/** Output of facts/main.go -> compact facts of the wanted types, embedded structs flattened in place. */
function compactGo(raw, wanted) {
  const fullNames = new Map(Object.keys(raw).map((name) => [shortTypeName(name), name]));
  const lines = (goName) =>
    raw[goName].flatMap((field) => {
      if (field.name !== '') {
        const flags = [field.omitEmpty && 'omitempty', field.omitZero && 'omitzero'].filter(Boolean);
        return [[field.name, field.goType, ...flags].join(' ')];
      }
      const pkg =
        field.goType === 'v1.TypeMeta'
          ? 'k8s.io/apimachinery/pkg/apis/meta/v1'
          : goName.slice(0, goName.lastIndexOf('.'));
      return lines(`${pkg}.${field.goType.replace('*', '').split('.').pop()}`);
    });
  const out = {};
  for (const name of wanted) if (fullNames.has(name) && !SPECIAL_SCALARS[name]) out[name] = lines(fullNames.get(name));
  return out;
}

/** JSON name -> { pb, in } of the fields that live in wire messages inlined into `typeName`. */
function inlinedNumbers(facts, typeName) {
  const found = new Map();
  const group = typeName.slice(0, typeName.lastIndexOf('.'));
  const walk = (inline, path) => {
    for (const [number, message] of Object.values(inline ?? {})) {
      const name = `${group}.${message}`;
      const inner = [...path, number];
      const type = facts.types[name];
      const own = type
        ? Object.entries(type.fields ?? {})
            .filter(([, f]) => f.pb)
            .map(([n, f]) => [n, f.pb])
        : Object.entries(facts.wireOnly[name]).map(([n, [pb]]) => [n, pb]);
      for (const [field, pb] of own) found.set(field, { pb, in: inner });
      if (type) walk(type.pbInline, inner);
    }
  };
  walk(facts.types[typeName].pbInline, []);
  return found;
}

/**
 * Lists whose emptiness tells something else than their absence: Go keeps nil and empty apart, and defaults are set for
 * nil alone (k8s.io/kubernetes pkg/apis/autoscaling/v2/defaults.go). `omitempty` leaves both out of answers.
 */
const EMPTY_IS_GIVEN = new Set(['autoscaling.v2.HPAScalingRules.policies']);

function mergeField(field, line, inlined) {
  const [, goType, ...flags] = line.split(' ');
  const pointer = goType.startsWith('*');
  const plain = pointer ? goType.slice(1) : goType;
  const out = { ...field };
  if (out.pb === undefined && inlined) Object.assign(out, inlined);
  if (plain !== impliedGoType(field.type)) out.go = plain;
  if (pointer) out.ptr = true;
  if (flags.includes('omitempty')) out.omit = true;
  if (flags.includes('omitzero')) out.omitZero = true;
  return out;
}

function buildCatalogue(facts, go) {
  const catalogue = {};
  for (const [name, type] of Object.entries(facts.types)) {
    const { fields, pbInline, ...rest } = type;
    const out = { ...rest };
    if (SPECIAL_SCALARS[name]) out.scalar = SPECIAL_SCALARS[name];
    else {
      const lines = go[name];
      if (!lines) throw new Error(`${name}: no Go facts`);
      const inlined = inlinedNumbers(facts, name);
      out.fields = {};
      for (const line of lines) {
        const json = line.slice(0, line.indexOf(' '));
        if (!fields[json]) throw new Error(`${name}.${json}: in Go only`);
        out.fields[json] = mergeField(fields[json], line, inlined.get(json));
        if (EMPTY_IS_GIVEN.has(`${name}.${json}`)) out.fields[json].keepEmpty = true;
      }
      const lost = Object.keys(fields).filter((f) => !out.fields[f]);
      if (lost.length > 0) throw new Error(`${name}: not in Go: ${lost}`);
    }
    catalogue[name] = out;
  }
  return catalogue;
}

/** One type a line: small, and a change shows as the line of its type. */
function formatByLine(object) {
  return `{\n${Object.entries(object)
    .map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)
    .join(',\n')}\n}\n`;
}

function main(args) {
  const facts = readJson(file('facts/data/types.json'));
  Object.assign(facts.types, SUPPLEMENT);
  const compactPath = file('facts/data/go-codec.json');
  if (args[0] === '--compact-go') {
    writeFileSync(compactPath, formatByLine(compactGo(readJson(args[1]), Object.keys(facts.types))));
  }
  const go = { ...readJson(compactPath), ...SUPPLEMENT_GO };
  writeFileSync(file('../src/apis/data/catalogue.json'), formatByLine(buildCatalogue(facts, go)));
}

main(process.argv.slice(2));
