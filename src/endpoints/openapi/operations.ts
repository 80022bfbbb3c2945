import { formatGroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { ListedResource, ListedSubresource } from '../discovery/resource-listing.js';
import {
  byParameterName,
  CONNECT_PARAMETERS,
  DELETE_COLLECTION_PARAMETERS,
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
  LOG_PARAMETERS,
  PATCH_PARAMETERS,
  type ParameterName,
  WRITE_PARAMETERS,
} from './parameters.js';

/** What an operation takes or gives: an object of the kind, its list, or a type that all kinds share. */
export type Payload = 'object' | 'list' | 'DeleteOptions' | 'Patch' | 'Status' | 'WatchEvent' | 'text';

export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch' | 'head' | 'options';
  readonly id: string;
  /** x-kubernetes-action. */
  readonly action: string;
  readonly kind: GroupVersionKind;
  /** Those of the path among them. */
  readonly parameters: readonly ParameterName[];
  readonly body?: { readonly payload: Payload; readonly required: boolean };
  readonly answer: Payload;
  /** Status codes besides 401. */
  readonly codes: readonly number[];
  /** The answer may be a watch stream. */
  readonly streams: boolean;
}

export interface PathItem {
  readonly path: string;
  /** What all operations have. */
  readonly parameters: readonly ParameterName[];
  /** Each with the parameters that are its own. */
  readonly operations: readonly Operation[];
}

/** What all operations of a path have belongs to the path. */
function pathItem(path: string, operations: readonly Operation[]): PathItem {
  const parameters = (operations[0]?.parameters ?? []).filter((name) =>
    operations.every((operation) => operation.parameters.includes(name)),
  );
  return {
    path,
    parameters: parameters.sort(byParameterName),
    operations: operations.map((operation) => ({
      ...operation,
      parameters: operation.parameters.filter((name) => !parameters.includes(name)).sort(byParameterName),
    })),
  };
}

/** `core_v1`, `rbacAuthorization_v1`. */
export function operationTag(group: string, version: string): string {
  const name = groupWords(group);
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${version}`;
}

/** `CoreV1`, `RbacAuthorizationV1`: the part of operation ids that names the group/version. */
export function operationPrefix(group: string, version: string): string {
  return `${groupWords(group)}${capital(version)}`;
}

function groupWords(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capital)
    .join('');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Every path of a resource in one version, subresources and the old watch paths included. */
export function pathsOf(group: string, version: string, resource: ListedResource): PathItem[] {
  return new ResourcePaths(group, version, resource).all();
}

const CONNECT_METHODS: Readonly<Record<string, Operation['method']>> = {
  get: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
};

class ResourcePaths {
  private readonly root: string;
  private readonly prefix: string;
  private readonly kind: GroupVersionKind;
  private readonly scope: string;
  private readonly scopeParameters: readonly ParameterName[];
  private readonly verbs: ReadonlySet<string>;

  constructor(
    group: string,
    version: string,
    private readonly resource: ListedResource,
  ) {
    this.root = `${group === '' ? '/api/' : '/apis/'}${formatGroupVersion({ group, version })}`;
    this.prefix = operationPrefix(group, version);
    this.kind = { group, version, kind: resource.kind };
    this.scope = resource.namespaced ? 'Namespaced' : '';
    this.scopeParameters = resource.namespaced ? ['namespace'] : [];
    this.verbs = new Set(resource.verbs);
  }

  all(): PathItem[] {
    const scoped = this.resource.namespaced ? 'namespaces/{namespace}/' : '';
    const collection = `${scoped}${this.resource.name}`;
    const items: PathItem[] = [
      this.item(`/${collection}`, [...this.scopeParameters, 'pretty'], this.collectionOperations()),
      this.item(`/${collection}/{name}`, ['name', ...this.scopeParameters, 'pretty'], this.objectOperations()),
    ];
    for (const subresource of this.resource.subresources) {
      items.push(...this.subresourcePaths(`/${collection}/{name}/${subresource.name}`, subresource));
    }
    if (this.resource.namespaced && this.verbs.has('list')) {
      items.push(this.item(`/${this.resource.name}`, ['pretty'], [this.list('ForAllNamespaces')]));
    }
    if (this.verbs.has('watch')) items.push(...this.watchPaths(collection));
    return items.filter(({ operations }) => operations.length > 0);
  }

  /** @param parameters of every operation, beside its own */
  private item(path: string, parameters: readonly ParameterName[], operations: Operation[]): PathItem {
    const whole = operations.map((operation) => ({
      ...operation,
      parameters: [...parameters, ...operation.parameters],
    }));
    return pathItem(`${this.root}${path}`, whole);
  }

  private collectionOperations(): Operation[] {
    const operations: Operation[] = [];
    if (this.verbs.has('list')) operations.push(this.list(''));
    if (this.verbs.has('create')) operations.push(this.write('post', `create${this.named()}`, [200, 201, 202]));
    if (this.verbs.has('deletecollection')) {
      operations.push({
        ...this.operation('delete', `delete${this.prefix}Collection${this.scope}${this.kind.kind}`, 'deletecollection'),
        parameters: DELETE_COLLECTION_PARAMETERS,
        body: { payload: 'DeleteOptions', required: false },
        answer: 'Status',
      });
    }
    return operations;
  }

  private objectOperations(): Operation[] {
    const operations: Operation[] = [];
    if (this.verbs.has('get')) operations.push(this.operation('get', `read${this.named()}`, 'get'));
    if (this.verbs.has('update')) operations.push(this.write('put', `replace${this.named()}`, [200, 201]));
    if (this.verbs.has('patch')) operations.push(this.patch(`patch${this.named()}`, this.kind));
    if (this.verbs.has('delete')) {
      operations.push({
        ...this.operation('delete', `delete${this.named()}`, 'delete'),
        parameters: DELETE_PARAMETERS,
        body: { payload: 'DeleteOptions', required: false },
        answer: this.resource.showsDeleted ? 'object' : 'Status',
        codes: [200, 202],
      });
    }
    return operations;
  }

  private subresourcePaths(path: string, subresource: ListedSubresource): PathItem[] {
    const parameters: ParameterName[] = ['name', ...this.scopeParameters];
    const kind: GroupVersionKind =
      subresource.version === ''
        ? { ...this.kind, kind: subresource.kind }
        : { group: subresource.group, version: subresource.version, kind: subresource.kind };
    const name = `${this.named()}${capital(subresource.name)}`;
    if (subresource.kind.endsWith('Options')) return this.connectPaths(path, parameters, subresource, kind);
    const verbs = new Set(subresource.verbs);
    const operations: Operation[] = [];
    if (verbs.has('get')) {
      const own = { parameters: LOG_PARAMETERS, answer: 'text' } as const;
      operations.push({ ...this.operation('get', `read${name}`, 'get', kind), ...(subresource.name === 'log' && own) });
    }
    if (verbs.has('create')) operations.push(this.write('post', `create${name}`, [200, 201, 202], kind));
    if (verbs.has('update')) operations.push(this.write('put', `replace${name}`, [200, 201], kind));
    if (verbs.has('patch')) operations.push(this.patch(`patch${name}`, kind));
    return [this.item(path, [...parameters, 'pretty'], operations)];
  }

  private connectPaths(
    path: string,
    parameters: readonly ParameterName[],
    subresource: ListedSubresource,
    kind: GroupVersionKind,
  ): PathItem[] {
    const proxies = subresource.name === 'proxy';
    const methods = subresource.verbs.map((verb) => CONNECT_METHODS[verb]!);
    // Discovery has no verbs for these two.
    if (proxies) methods.push('head', 'options');
    const options = CONNECT_PARAMETERS[kind.kind] ?? [];
    const operations = (suffix: string) =>
      methods.map((method): Operation => {
        const id = `connect${this.prefix}${capital(method)}${this.scope}${this.kind.kind}${capital(subresource.name)}${suffix}`;
        return { ...this.operation(method, id, 'connect', kind), parameters: options, answer: 'text' };
      });
    const items = [this.item(path, parameters, operations(''))];
    if (proxies) {
      items.push(this.item(`${path}/{path}`, [...parameters, 'path'], operations('WithPath')));
    }
    return items;
  }

  private watchPaths(collection: string): PathItem[] {
    const watch = (id: string, action: string): Operation => ({
      ...this.operation('get', id, action),
      parameters: LIST_PARAMETERS,
      answer: 'WatchEvent',
      streams: true,
    });
    const scope: ParameterName[] = [...this.scopeParameters, 'pretty'];
    const items = [
      this.item(`/watch/${collection}`, scope, [watch(`watch${this.named()}List`, 'watchlist')]),
      this.item(`/watch/${collection}/{name}`, ['name', ...scope], [watch(`watch${this.named()}`, 'watch')]),
    ];
    if (this.resource.namespaced) {
      const id = `watch${this.prefix}${this.kind.kind}ListForAllNamespaces`;
      items.push(this.item(`/watch/${this.resource.name}`, ['pretty'], [watch(id, 'watchlist')]));
    }
    return items;
  }

  private named(): string {
    return `${this.prefix}${this.scope}${this.kind.kind}`;
  }

  private list(suffix: string): Operation {
    const scope = suffix === '' ? this.scope : '';
    return {
      ...this.operation('get', `list${this.prefix}${scope}${this.kind.kind}${suffix}`, 'list'),
      parameters: LIST_PARAMETERS,
      answer: 'list',
      streams: true,
    };
  }

  private write(method: 'post' | 'put', id: string, codes: readonly number[], kind = this.kind): Operation {
    return {
      ...this.operation(method, id, method, kind),
      parameters: WRITE_PARAMETERS,
      body: { payload: 'object', required: true },
      codes,
    };
  }

  private patch(id: string, kind: GroupVersionKind): Operation {
    return {
      ...this.operation('patch', id, 'patch', kind),
      parameters: PATCH_PARAMETERS,
      body: { payload: 'Patch', required: true },
      codes: [200, 201],
    };
  }

  private operation(method: Operation['method'], id: string, action: string, kind = this.kind): Operation {
    return {
      method,
      id,
      action,
      kind,
      parameters: [],
      answer: 'object',
      codes: [200],
      streams: false,
    };
  }
}
