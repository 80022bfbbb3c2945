import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1035Label } from '../../apimachinery/validation/names.js';
import type { CrdConversion, WebhookClientConfig } from './crd.js';
import { validateCaBundle, validateWebhookService, validateWebhookUrl } from './validate-webhook-client.js';

/** Versions of ConversionReview that this server speaks. */
export const CONVERSION_REVIEW_VERSIONS = ['v1', 'v1beta1'];
const STRATEGIES = ['None', 'Webhook'];

/**
 * Checks spec.conversion; paths are those of the internal version, where webhook's parts stand one level higher.
 * @param checkBundle the definition is in use with a good bundle, or with none
 */
export function validateConversion(
  conversion: CrdConversion | undefined,
  at: FieldPath,
  checkBundle: boolean,
): FieldError[] {
  if (conversion === undefined) return [];
  const errors: FieldError[] = [];
  if (!conversion.strategy) errors.push(fieldRequired(at.child('strategy')));
  else if (!STRATEGIES.includes(conversion.strategy)) {
    errors.push(fieldNotSupported(at.child('strategy'), conversion.strategy, STRATEGIES));
  }
  const client = conversion.webhook?.clientConfig;
  const versions = conversion.webhook?.conversionReviewVersions ?? [];
  const clientAt = at.child('webhookClientConfig');
  const versionsAt = at.child('conversionReviewVersions');
  if (conversion.strategy === 'Webhook') {
    errors.push(...validateClient(client, clientAt, checkBundle), ...validateReviewVersions(versions, versionsAt));
    return errors;
  }
  const unused = 'should not be set when strategy is not set to Webhook';
  if (client !== undefined) errors.push(fieldForbidden(clientAt, unused));
  if (versions.length > 0) errors.push(fieldForbidden(versionsAt, unused));
  return errors;
}

function validateClient(client: WebhookClientConfig | undefined, at: FieldPath, checkBundle: boolean): FieldError[] {
  if (client === undefined) return [fieldRequired(at, 'required when strategy is set to Webhook')];
  const errors: FieldError[] = [];
  if ((client.url === undefined) === (client.service === undefined)) {
    errors.push(fieldRequired(at, 'exactly one of url or service is required'));
  } else if (client.url !== undefined) {
    errors.push(...validateWebhookUrl(at.child('url'), client.url));
  } else if (client.service !== undefined) {
    // Upstream takes the one name for the other here.
    const { name, namespace } = client.service;
    errors.push(
      ...validateWebhookService(at.child('service'), { ...client.service, name: namespace, namespace: name }),
    );
  }
  if (client.caBundle && checkBundle) {
    errors.push(...validateCaBundle(at.child('caBundle'), client.caBundle));
  }
  return errors;
}

function validateReviewVersions(versions: readonly string[], at: FieldPath): FieldError[] {
  if (versions.length === 0) return [fieldRequired(at)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  versions.forEach((version, i) => {
    if (seen.has(version)) {
      errors.push(fieldInvalid(at.index(i), version, 'duplicate version'));
      return;
    }
    seen.add(version);
    for (const fault of checkDns1035Label(version)) errors.push(fieldInvalid(at.index(i), version, fault));
  });
  if (!CONVERSION_REVIEW_VERSIONS.some((version) => seen.has(version))) {
    const accepted = CONVERSION_REVIEW_VERSIONS.join(', ');
    errors.push(fieldInvalid(at, [...versions], `must include at least one of ${accepted}`));
  }
  return errors;
}
