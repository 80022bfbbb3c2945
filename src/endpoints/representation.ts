import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { RequestScope } from './request-scope.js';

type Target = Pick<RequestScope, 'definition' | 'version' | 'whole'>;

/** True where the stored text is already what this version shows. */
export function isVerbatim({ definition, version, whole }: Target): boolean {
  if (!whole) return true;
  if (version.upgrade !== undefined) return false;
  return version.version === definition.hubVersion || definition.converter?.identity === true;
}

/** The objects in the version of the scope, as values. Order is kept. */
export async function convertViews(target: Target, views: readonly ObjectView[]): Promise<Readonly<KubeObject>[]> {
  if (isVerbatim(target)) return views.map((view) => view.value());
  const { definition, version } = target;
  const { hubVersion, converter } = definition;
  let objects = views.map((view) => structuredClone(view.value()) as KubeObject);
  if (hubVersion !== version.version && converter !== undefined && converter.identity !== true) {
    if (converter.convertAll !== undefined) objects = await converter.convertAll(objects, hubVersion, version.version);
    else objects = await Promise.all(objects.map((object) => converter.convert(object, hubVersion, version.version)));
  }
  return version.upgrade === undefined ? objects : objects.map(version.upgrade.apply);
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
  const key = `version:${target.version.version}:${target.version.upgrade?.key ?? ''}`;
  const known: (Buffer | undefined)[] = views.map((view) => view.stored?.recall(key));
  const missing = views.filter((_, i) => known[i] === undefined);
  if (missing.length === 0) return known as Buffer[];
  return convertViews(target, missing).then((objects) => {
    let next = 0;
    return views.map((view, i) => {
      const found = known[i];
      if (found !== undefined) return found;
      const text = bareJson(objects[next++]!);
      return view.stored?.remember(key, () => text) ?? text;
    });
  });
}

/** @see representAll, for one object */
export function represent(target: Target, view: ObjectView): Buffer | Promise<Buffer> {
  if (isVerbatim(target)) return view.json();
  const all = representAll(target, [view]);
  return all instanceof Promise ? all.then((buffers) => buffers[0]!) : all[0]!;
}

/** JSON text of an object without its type. */
export function bareJson(object: Readonly<KubeObject>): Buffer {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return Buffer.from(encodeJson(rest));
}
