import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson, parseJson } from '../apimachinery/runtime/json.js';
import type { StoredForm } from '../registry/resource-definition.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { StoredObject } from '../storage/storage.js';
import type { RequestScope } from './request-scope.js';

type Target = Pick<RequestScope, 'definition' | 'version' | 'whole'>;

/** True where the stored text is already what this version shows. */
export function isVerbatim({ definition, version, whole }: Target): boolean {
  if (!whole) return true;
  if (version.form !== undefined) return false;
  return version.version === definition.hubVersion || definition.converter?.identity === true;
}

/** The objects in the version of the scope, as values. Order is kept. */
export async function convertViews(target: Target, views: readonly ObjectView[]): Promise<Readonly<KubeObject>[]> {
  if (isVerbatim(target)) return views.map((view) => view.value());
  const { definition, version } = target;
  const { hubVersion, converter } = definition;
  if (version.form !== undefined) return loadAll(version.form, views);
  const objects = views.map((view) => structuredClone(view.value()) as KubeObject);
  if (hubVersion === version.version || converter === undefined || converter.identity === true) return objects;
  if (converter.convertAll !== undefined) return converter.convertAll(objects, hubVersion, version.version);
  return Promise.all(objects.map((object) => converter.convert(object, hubVersion, version.version)));
}

/** What is stored, as its form reads it; what is not, is of the right version already. */
async function loadAll(form: StoredForm, views: readonly ObjectView[]): Promise<Readonly<KubeObject>[]> {
  const stored = views.flatMap((view) => (view.stored === undefined ? [] : [view.stored.decode()]));
  const loaded = await form.loadAll(stored);
  let next = 0;
  return views.map((view) => (view.stored === undefined ? view.value() : loaded[next++]!));
}

/**
 * JSON text of each object in the version of the scope, from `{` to `}` without apiVersion and kind. What had to be converted
 * is remembered beside the stored object, so that the next reader gets bytes.
 */
export function representAll(
  target: Target,
  views: readonly ObjectView[],
): readonly Buffer[] | Promise<readonly Buffer[]> {
  if (isVerbatim(target)) return views.map((view) => view.json());
  const key = encodingOf(target);
  const known: (Buffer | undefined)[] = views.map((view) => view.stored?.recall(key));
  const missing = views.filter((_, i) => known[i] === undefined);
  if (missing.length === 0) return known as Buffer[];
  return convertViews(target, missing).then((objects) => {
    let next = 0;
    return views.map((view, i) => {
      const found = known[i];
      if (found !== undefined) return found;
      const text = textOf(view, objects[next++]!);
      return view.stored?.remember(key, () => text) ?? text;
    });
  });
}

/** @see representAll, for one object */
export function represent(target: Target, view: ObjectView): Buffer | Promise<Buffer> {
  if (isVerbatim(target) || view.variant !== undefined) return view.json();
  const { stored } = view;
  const key = encodingOf(target);
  const known = stored?.recall(key);
  if (known !== undefined) return known;
  return convertView(target, view).then((object) => {
    const text = textOf(view, object);
    return stored?.remember(key, () => text) ?? text;
  });
}

/** The JSON text of an object that was made from a view; the stored bytes themselves where they say the same. */
function textOf({ stored }: ObjectView, object: Readonly<KubeObject>): Buffer {
  const text = bareJson(object);
  return stored?.json.equals(text) ? stored.json : text;
}

/** One object in the version of the scope: a failure speaks of this object, not of a list. */
export async function convertView(target: Target, view: ObjectView): Promise<Readonly<KubeObject>> {
  const { form, version } = target.version;
  if (form !== undefined && target.whole)
    return view.stored === undefined ? view.value() : form.load(view.stored.decode());
  const { hubVersion, converter } = target.definition;
  if (isVerbatim(target) || converter === undefined) return view.value();
  return converter.convert(structuredClone(view.value()) as KubeObject, hubVersion, version);
}

/**
 * Views of the objects as the version of the scope has them, for answers that are made of parts (tables, metadata). The same
 * views where that is what they show.
 */
export async function viewsInVersion(target: Target, views: readonly ObjectView[]): Promise<readonly ObjectView[]> {
  const { form } = target.version;
  if (form === undefined || !target.whole) return views;
  const texts = await representAll(target, views);
  return views.map((view, i) => viewOfText(view.stored, texts[i]!, form.key));
}

/** @see viewsInVersion, for one object */
export async function viewInVersion(target: Target, view: ObjectView): Promise<ObjectView> {
  const { form } = target.version;
  if (form === undefined || !target.whole) return view;
  return viewOfText(view.stored, await represent(target, view), form.key);
}

/** True where metadata may look different in the version of the scope. */
export function changesMetadata({ version, whole }: Target): boolean {
  return whole && version.form?.keepsMetadata === false;
}

function viewOfText(stored: StoredObject | undefined, text: Buffer, variant: string): ObjectView {
  let value: KubeObject | undefined;
  return {
    stored,
    variant,
    json: () => text,
    value: () => {
      value ??= parseJson(text.toString()) as KubeObject;
      return value;
    },
  };
}

function encodingOf({ version }: Target): string {
  return `version:${version.version}:${version.form?.key ?? ''}`;
}

/** JSON text of an object without its type. */
export function bareJson(object: Readonly<KubeObject>): Buffer {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return Buffer.from(encodeJson(rest));
}
