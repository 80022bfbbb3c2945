import { methodNotSupported, notFound } from '../../apimachinery/errors/status-error.js';
import { ExtensionsTarget } from '../../delegation/chain.js';
import { NotServed } from '../../delegation/not-served.js';
import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import { handleDirect } from '../../endpoints/handlers/direct.js';
import type { ResourceHandler } from '../../endpoints/resource-handler.js';
import type { Lookup, ResourceRegistry } from '../../registry/resource-registry.js';

/** Verbs that may be about all namespaces at once. */
const ACROSS_NAMESPACES = new Set(['list', 'watch']);
const VERBS = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']);
const SUBRESOURCE_VERBS = ['get', 'update', 'patch'];

/** The last server of the chain: resources that CustomResourceDefinitions define. */
export class ExtensionsServer extends ExtensionsTarget {
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly handler: ResourceHandler,
  ) {
    super();
  }

  /** @throws NotServed for unknown resources, unserved versions and paths of the other scope; StatusError 404, 405 */
  override handle(request: ApiRequest): Promise<Answer> | Answer {
    const lookup = this.find(request);
    if (lookup === undefined) throw NotServed;
    const { info } = request;
    const { definition, storage, subresources } = lookup.served;
    if (info.subresource === '') {
      if (storage.list === undefined || !VERBS.has(info.verb)) throw methodNotSupported(definition, info.verb);
      return this.handler.handle(request, lookup);
    }
    const subresource = subresources.get(info.subresource);
    const served = subresource?.versions === undefined || subresource.versions.includes(info.version);
    if (subresource === undefined || !served) throw notFound(definition, info.name);
    const { direct } = subresource.storage;
    const taken: readonly string[] = direct?.verbs ?? SUBRESOURCE_VERBS;
    if (!taken.includes(info.verb)) throw methodNotSupported(definition, info.verb);
    if (direct !== undefined) return handleDirect(request, direct);
    return this.handler.handle(request, lookup);
  }

  private find({ info }: ApiRequest): Lookup | undefined {
    if (!info.isResourceRequest) return undefined;
    const lookup = this.registry.lookup(info.group, info.version, info.resource);
    if (lookup?.server !== 'extensions') return undefined;
    const { namespaced } = lookup.served.definition;
    if (!namespaced && info.namespace !== '') return undefined;
    if (namespaced && info.namespace === '' && !ACROSS_NAMESPACES.has(info.verb)) return undefined;
    return lookup;
  }
}
