import { formatGroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { ListedResource, ListedSubresource } from '../discovery/resource-listing.js';
import {
  DELETE_COLLECTION_PARAMETERS,
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
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
  readonly parameters: readonly ParameterName[];
  readonly body?: { readonly payload: Payload; readonly required: boolean };
  readonly answer: Payload;
  /** Status codes besides 401. */
  readonly codes: readonly number[];
  /** The answer may be a watch stream. */
  readonly streams: boolean;
  readonly deprecated: boolean;
}

export interface PathItem {
  readonly path: string;
  readonly parameters: readonly ParameterName[];
  readonly operations: readonly Operation[];
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
      items.push(
        this.item(`/${this.resource.name}`, ['pretty', ...LIST_PARAMETERS], [this.list('ForAllNamespaces', [])]),
      );
    }
    if (this.verbs.has('watch')) items.push(...this.watchPaths(collection));
    return items.filter(({ operations }) => operations.length > 0);
  }

  private item(path: string, parameters: readonly ParameterName[], operations: Operation[]): PathItem {
    return { path: `${this.root}${path}`, parameters, operations };
  }

  private collectionOperations(): Operation[] {
    const operations: Operation[] = [];
    if (this.verbs.has('list')) operations.push(this.list('', LIST_PARAMETERS));
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
        answer: 'Status',
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
      const answer: Payload = subresource.name === 'log' ? 'text' : 'object';
      operations.push({ ...this.operation('get', `read${name}`, 'get', kind), answer });
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
    const operations = (suffix: string) =>
      subresource.verbs.map((verb): Operation => {
        const method = CONNECT_METHODS[verb]!;
        const id = `connect${this.prefix}${capital(method)}${this.scope}${this.kind.kind}${capital(subresource.name)}${suffix}`;
        return { ...this.operation(method, id, 'connect', kind), answer: 'text' };
      });
    const items = [this.item(path, parameters, operations(''))];
    if (subresource.name === 'proxy') {
      items.push(this.item(`${path}/{path}`, [...parameters, 'path'], operations('WithPath')));
    }
    return items;
  }

  private watchPaths(collection: string): PathItem[] {
    const watch = (id: string, action: string): Operation => ({
      ...this.operation('get', id, action),
      answer: 'WatchEvent',
      streams: true,
      deprecated: true,
    });
    const shared: ParameterName[] = ['pretty', ...LIST_PARAMETERS];
    const items = [
      this.item(
        `/watch/${collection}`,
        [...this.scopeParameters, ...shared],
        [watch(`watch${this.named()}List`, 'watchlist')],
      ),
      this.item(
        `/watch/${collection}/{name}`,
        ['name', ...this.scopeParameters, ...shared],
        [watch(`watch${this.named()}`, 'watch')],
      ),
    ];
    if (this.resource.namespaced) {
      const id = `watch${this.prefix}${this.kind.kind}ListForAllNamespaces`;
      items.push(this.item(`/watch/${this.resource.name}`, shared, [watch(id, 'watchlist')]));
    }
    return items;
  }

  private named(): string {
    return `${this.prefix}${this.scope}${this.kind.kind}`;
  }

  private list(suffix: string, parameters: readonly ParameterName[]): Operation {
    const scope = suffix === '' ? this.scope : '';
    return {
      ...this.operation('get', `list${this.prefix}${scope}${this.kind.kind}${suffix}`, 'list'),
      parameters,
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
      deprecated: false,
    };
  }
}
