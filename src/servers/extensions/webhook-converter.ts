import { plainError } from '../../apimachinery/errors/status-error.js';
import { formatGroupVersionKind } from '../../apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { CustomResourceDefinition, WebhookConversion } from '../../registry/apiextensions/crd.js';
import { CONVERSION_REVIEW_VERSIONS } from '../../registry/apiextensions/validate-crd-conversion.js';
import { keepIdentity } from '../../registry/converted-object.js';
import type { ObjectConverter } from '../../registry/resource-definition.js';

/** Objects in one ConversionReview at most; larger lists go in several calls, one after the other. */
export const REVIEW_OBJECTS_MAX = 500;

/** Sends a ConversionReview to a webhook; rejects with the reason as its message. */
export type CallWebhook = (conversion: WebhookConversion, review: JsonObject) => Promise<JsonObject>;

type Direction = 'one' | 'many';

/**
 * Converts custom resources by a webhook. It may change everything but what an object is: kind, name, namespace and uid stay,
 * and of the metadata only labels and annotations are taken over.
 * @throws StatusError 500 with the bare text of what went wrong
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
export class WebhookConverter implements ObjectConverter {
  private readonly group: string;
  private readonly kind: string;
  private readonly conversion: WebhookConversion;

  constructor(
    crd: Readonly<CustomResourceDefinition>,
    private readonly call: CallWebhook,
    private readonly newUid: () => string,
  ) {
    this.group = crd.spec.group;
    this.kind = crd.spec.names.kind;
    this.conversion = crd.spec.conversion?.webhook ?? {};
  }

  async convert(object: KubeObject, from: string, to: string): Promise<KubeObject> {
    return (await this.convertBatch([object], from, to, 'one'))[0]!;
  }

  async convertAll(objects: KubeObject[], from: string, to: string): Promise<KubeObject[]> {
    const converted: KubeObject[] = [];
    for (let at = 0; at < objects.length; at += REVIEW_OBJECTS_MAX) {
      converted.push(...(await this.convertBatch(objects.slice(at, at + REVIEW_OBJECTS_MAX), from, to, 'many')));
    }
    return converted;
  }

  private async convertBatch(objects: KubeObject[], from: string, to: string, many: Direction): Promise<KubeObject[]> {
    if (from === to) return objects;
    try {
      return await this.review(objects, from, to, many);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw plainError(text);
    }
  }

  private async review(objects: KubeObject[], from: string, to: string, many: Direction): Promise<KubeObject[]> {
    const source = `${this.group}/${from}`;
    const target = `${this.group}/${to}`;
    const lead = `conversion webhook for ${formatGroupVersionKind({ group: this.group, version: from, kind: this.kind })}`;
    const given = objects.map((object) => ({ ...object, apiVersion: source, kind: this.kind }));
    const converted = await this.exchange(given, target).catch((error: unknown) => {
      throw new Error(`${lead} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    if (converted.length !== objects.length) {
      throw new Error(`${lead} returned ${converted.length} objects, expected ${objects.length}`);
    }
    return converted.map((object, i) => {
      checkType(object, target, this.kind, `${lead} returned invalid object at index ${i}`);
      const where = many === 'one' ? 'returned invalid object' : `returned invalid converted object at index ${i}`;
      const leads = { identity: `${lead} ${where}`, metadata: `${lead} returned invalid metadata` };
      return keepIdentity(objects[i]!, object as KubeObject, leads);
    });
  }

  private async exchange(objects: KubeObject[], desiredAPIVersion: string): Promise<JsonObject[]> {
    const accepted = this.conversion.conversionReviewVersions ?? [];
    const version = accepted.find((each) => CONVERSION_REVIEW_VERSIONS.includes(each)) ?? 'v1';
    const type = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${version}` };
    const uid = this.newUid();
    const answer = await this.call(this.conversion, { ...type, request: { uid, desiredAPIVersion, objects } });
    if (answer['kind'] !== type.kind || answer['apiVersion'] !== type.apiVersion) {
      const found = `${String(answer['apiVersion'] ?? '')}, Kind=${String(answer['kind'] ?? '')}`;
      throw new Error(`expected webhook response of ${type.apiVersion}, Kind=${type.kind}, got ${found}`);
    }
    const response = answer['response'];
    if (!isJsonObject(response)) throw new Error('no response provided');
    if (version === 'v1' && response['uid'] !== uid) {
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
    }
    const result = isJsonObject(response['result']) ? response['result'] : {};
    if (result['status'] !== 'Success') {
      const { message, status } = result;
      throw new Error(String(message || `response.result.status was '${String(status ?? '')}', not 'Success'`));
    }
    const list = response['convertedObjects'];
    return Array.isArray(list) ? list.map((each) => (isJsonObject(each) ? each : {})) : [];
  }
}

function checkType(object: JsonObject, apiVersion: string, kind: string, lead: string): void {
  const found = String(object['apiVersion'] ?? '');
  if (found !== apiVersion)
    throw new Error(`${lead}: invalid groupVersion (expected ${apiVersion}, received ${found})`);
  if (object['kind'] !== kind) {
    throw new Error(`${lead}: invalid kind (expected ${kind}, received ${String(object['kind'] ?? '')})`);
  }
}
