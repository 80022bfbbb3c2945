#!/usr/bin/env node
/**
 * Writes `dist/src/apis/data/descriptions.json.br`: what every built-in type and field means, for `kubectl explain`. The texts are
 * those of the `kubernetes-models` packages, whose declarations carry them as comments; none are kept in this repository.
 *
 *   node scripts/build-descriptions.mjs [OUTPUT_FOLDER]
 *
 * The file maps a type (`core.v1.Pod`, or the model name of a value with a text form) to its fields' texts; '' is the type itself.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const output = process.argv[2] ?? join(root, 'dist/src/apis/data');
const types = JSON.parse(readFileSync(join(root, 'src/apis/data/catalogue.json'), 'utf8'));
/** Its comments on these two hold for every kind, but stand only at a few. */
const TYPE_META_EXAMPLE = 'meta.v1.Status';
const TYPE_META_FIELDS = ['apiVersion', 'kind'];
const QUALITY = 9;

const found = new Map([
  ...readPackage('kubernetes-models', refOfApi),
  ...readPackage('@kubernetes-models/apimachinery', refOfMachinery),
]);
const known = {};
for (const [ref, texts] of found) {
  if (Object.hasOwn(types, ref) || ref.startsWith('io.k8s.')) known[ref] = texts;
}
const typeMeta = known[TYPE_META_EXAMPLE] ?? {};
for (const [ref, { fields = {} }] of Object.entries(types)) {
  for (const field of TYPE_META_FIELDS) {
    const text = typeMeta[field];
    if (known[ref] !== undefined && Object.hasOwn(fields, field) && text !== undefined) known[ref][field] ??= text;
  }
}
const text = JSON.stringify(known);
mkdirSync(output, { recursive: true });
const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
writeFileSync(join(output, 'descriptions.json.br'), brotliCompressSync(text, { params }));

/** Texts by type of every declaration in a package; `refOf` tells the type from the path within it. */
function readPackage(name, refOf) {
  const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const all = new Map();
  for (const file of files) {
    const path = relative(folder, join(file.parentPath, file.name)).split(sep);
    if (!file.name.endsWith('.d.ts') || file.name === 'index.d.ts' || path[0].startsWith('_')) continue;
    const typeName = basename(file.name, '.d.ts');
    const texts = readDeclaration(readFileSync(join(file.parentPath, file.name), 'utf8'), typeName);
    if (texts !== undefined) all.set(refOf([...path.slice(0, -1), typeName]), texts);
  }
  return all;
}

/** `v1/Pod` is core, `apps/v1/Deployment` and `rbac.authorization.k8s.io/v1/Role` go by the first word of their group. */
function refOfApi(path) {
  const [group, ...rest] = path.length === 2 ? ['core', ...path] : path;
  const ref = [group.split('.')[0], ...rest].join('.');
  if (group !== 'apiextensions.k8s.io' || Object.hasOwn(types, ref)) return ref;
  return `io.k8s.apiextensions-apiserver.pkg.apis.${ref}`;
}

/** `apis/meta/v1/ObjectMeta` and `version/Info` are types of their own; others are values with a text form. */
function refOfMachinery(path) {
  const ref = (path[0] === 'apis' ? path.slice(1) : path).join('.');
  return Object.hasOwn(types, ref) ? ref : `io.k8s.apimachinery.pkg.${path.join('.')}`;
}

/** The comments on a declaration and, where it is an interface, on its fields; undefined where there are none. */
function readDeclaration(source, typeName) {
  const texts = {};
  let comment;
  let inside = false;
  for (const line of source.split('\n')) {
    if (comment?.open === true) continueComment(comment, line);
    else if (line.trim().startsWith('/**')) comment = continueComment({ open: true, lines: [] }, line);
    else {
      const name = inside ? /^ {4}"?([^"?:\s]+)"?\??:/.exec(line)?.[1] : undefined;
      if (line.startsWith(`export interface I${typeName} `)) inside = note(texts, '', comment);
      else if (line.startsWith(`export type I${typeName} `)) note(texts, '', comment);
      else if (name !== undefined) note(texts, name, comment);
      else if (line.startsWith('}')) inside = false;
      comment = undefined;
    }
  }
  return Object.keys(texts).length === 0 ? undefined : texts;
}

function note(texts, name, comment) {
  if (comment !== undefined) texts[name] = comment.lines.join('\n').trim();
  return true;
}

function continueComment(comment, line) {
  const end = line.endsWith('*/');
  comment.open = !end;
  comment.lines.push((end ? line.slice(0, -2) : line).replace(/^\s*\/?\*+ ?/, '').trimEnd());
  return comment;
}
