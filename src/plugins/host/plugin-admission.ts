import type { AdmissionAttributes, AdmissionPlugin } from '../../admission/admission.js';
import { forbidden } from '../../apimachinery/errors/status-error.js';
import { jsonClone, setOwn } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { AdmissionOperation, AdmissionRequest, AdmissionRole, Admits } from '../decorators/admission.js';
import { callPlugin } from './call-plugin.js';
import { type ResourceKey, resourceKeyOf } from './resource-key.js';

const DEFAULT_OPERATIONS: readonly AdmissionOperation[] = ['CREATE', 'UPDATE'];
const DEFAULT_SUBRESOURCES: readonly string[] = [''];

/** A provider with `@Admission` as a plugin of the chain: it sees objects in its own version, whatever version a request is in. */
export class PluginAdmission implements AdmissionPlugin {
  readonly mutate?: (attributes: AdmissionAttributes) => Promise<void>;
  readonly validate?: (attributes: AdmissionAttributes) => Promise<void>;
  private readonly keys: readonly ResourceKey[];

  constructor(
    readonly name: string,
    private readonly role: AdmissionRole,
    provider: Admits<never>,
    private readonly registry: ResourceRegistry,
  ) {
    this.keys = role.resources.map(resourceKeyOf);
    if (provider.mutate !== undefined) {
      this.mutate = (attributes) => this.run(attributes, (request) => provider.mutate!(request), true);
    }
    if (provider.validate !== undefined) {
      this.validate = (attributes) => this.run(attributes, (request) => provider.validate!(request), false);
    }
  }

  handles({ operation, subresource, resource }: AdmissionAttributes): boolean {
    const { operations = DEFAULT_OPERATIONS, subresources = DEFAULT_SUBRESOURCES } = this.role;
    if (!operations.includes(operation as AdmissionOperation) || !subresources.includes(subresource)) return false;
    return this.keyOf(resource) !== undefined;
  }

  private keyOf({ group, resource }: AdmissionAttributes['resource']): ResourceKey | undefined {
    return this.keys.find((key) => key.group === group && key.resource === resource);
  }

  private async run(
    attributes: AdmissionAttributes,
    ask: (request: AdmissionRequest<never>) => Promise<void> | void,
    mutates: boolean,
  ): Promise<void> {
    const { object, oldObject } = attributes;
    const wanted = this.keyOf(attributes.resource)!.version;
    const shown = await this.inVersion(attributes, object, attributes.kind.version, wanted);
    const before = await this.inVersion(attributes, oldObject, attributes.kind.version, wanted);
    await callPlugin(this.name, () => ask(requestOf(attributes, shown, before) as unknown as AdmissionRequest<never>));
    if (!mutates || shown === undefined || object === undefined) return;
    const changed = await this.inVersion(attributes, shown, wanted, attributes.kind.version);
    replace(object, changed!);
  }

  /** A copy, so that what a rule does to it shows only where that is meant. */
  private async inVersion(
    { resource }: AdmissionAttributes,
    object: Readonly<KubeObject> | undefined,
    from: string,
    to: string,
  ): Promise<KubeObject | undefined> {
    if (object === undefined) return undefined;
    const copy = jsonClone(object as KubeObject);
    const definition = this.registry.find(resource.group, resource.resource)?.definition;
    if (from === to || definition?.converter === undefined) return copy;
    return definition.converter.convert(copy, from, to);
  }
}

function requestOf(
  attributes: AdmissionAttributes,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
): AdmissionRequest<KubeObject> {
  const { operation, name, namespace, subresource, user, dryRun, resource } = attributes;
  const shownName = name || object?.metadata.name || object?.metadata.generateName || 'Unknown';
  return {
    operation: operation as AdmissionOperation,
    object,
    oldObject,
    name,
    namespace,
    subresource,
    user,
    dryRun,
    warn: (text) => attributes.warn(text),
    denied: (reason) => forbidden(resource, shownName, reason),
  };
}

/** The object stays the one that the request works on. */
function replace(object: KubeObject, changed: KubeObject): void {
  for (const field of Object.keys(object)) if (changed[field] === undefined) delete object[field];
  for (const [field, value] of Object.entries(changed)) if (value !== undefined) setOwn(object, field, value);
}
