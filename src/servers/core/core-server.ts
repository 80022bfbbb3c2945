import { resourceNotFound } from '../../apimachinery/errors/status-error.js';
import { CoreTarget } from '../../delegation/chain.js';
import { NotServed } from '../../delegation/not-served.js';
import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import type { ResourceHandler } from '../../endpoints/resource-handler.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';

/** The core API server: every built-in group version. What it does not serve is somebody else's. */
export class CoreServer extends CoreTarget {
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly handler: ResourceHandler,
    /** `group/version` of what is built in: an unknown resource of those is an answer, not a delegation. */
    private readonly groupVersions: ReadonlySet<string>,
  ) {
    super();
  }

  handle(request: ApiRequest): Answer | Promise<Answer> {
    const { info } = request;
    if (!info.isResourceRequest) throw NotServed;
    const lookup = this.registry.lookup(info.group, info.version, info.resource);
    if (lookup !== undefined) {
      if (lookup.server !== 'core') throw NotServed;
      return this.handler.handle(request, lookup);
    }
    if (this.groupVersions.has(`${info.group}/${info.version}`)) throw resourceNotFound();
    throw NotServed;
  }
}
