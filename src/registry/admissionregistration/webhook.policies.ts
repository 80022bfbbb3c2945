import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import { checkDns1035Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type {
  AdmissionregistrationV1MutatingWebhook,
  AdmissionregistrationV1MutatingWebhookConfiguration,
  AdmissionregistrationV1ValidatingWebhook,
  AdmissionregistrationV1WebhookClientConfig,
} from '../../apis/types.gen.js';
import { validateWebhookService, validateWebhookUrl } from '../apiextensions/validate-webhook-client.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import {
  defaultRules,
  FAILURE_POLICIES,
  MATCH_POLICIES,
  REINVOCATION_POLICIES,
  validateMatchConditions,
  validateRule,
} from './rule-validation.js';

/** @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */

type Webhook = AdmissionregistrationV1ValidatingWebhook &
  Pick<AdmissionregistrationV1MutatingWebhook, 'reinvocationPolicy'>;
type Configuration = AdmissionregistrationV1MutatingWebhookConfiguration;

const WEBHOOKS = FieldPath.root('webhooks');
const TIMEOUT_SECONDS = 10;
const TIMEOUT_SECONDS_MAX = 30;
const WEBHOOK_PORT = 443;
const SAFE_SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

const webhooksOf = (configuration: Readonly<KubeObject>): readonly Webhook[] =>
  (configuration as Configuration).webhooks ?? [];

function setDefaults(object: KubeObject): void {
  for (const webhook of webhooksOf(object)) {
    webhook.failurePolicy ??= 'Fail';
    webhook.matchPolicy ??= 'Equivalent';
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= TIMEOUT_SECONDS;
    if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= WEBHOOK_PORT;
    defaultRules(webhook.rules);
  }
}

/** Rules that came later do not bind configurations that break them already. */
interface Leniency {
  readonly sideEffects: boolean;
  readonly reviewVersions: boolean;
  readonly names: boolean;
  readonly matchConditions: boolean;
}

const STRICT: Leniency = { sideEffects: false, reviewVersions: false, names: false, matchConditions: false };

function leniencyTo(webhooks: readonly Webhook[], old: readonly Webhook[]): Leniency {
  return {
    sideEffects: !old.every(({ sideEffects }) => SAFE_SIDE_EFFECTS.includes(sideEffects ?? '')),
    reviewVersions: old.some(({ admissionReviewVersions: versions }) => versions?.length && !knowsVersion(versions)),
    names: new Set(old.map(({ name }) => name)).size < old.length,
    matchConditions:
      webhooks.length === old.length &&
      webhooks.every((webhook, i) => jsonEqual(webhook.matchConditions ?? [], old[i]!.matchConditions ?? [])),
  };
}

const knowsVersion = (versions: readonly string[]): boolean => versions.some((one) => REVIEW_VERSIONS.includes(one));

function validateAll(
  webhooks: readonly Webhook[],
  lenient: Leniency,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const names = new Set<string>();
  for (const [i, webhook] of webhooks.entries()) {
    const at = WEBHOOKS.index(i);
    validateWebhook(webhook, lenient, at, errors, environment);
    validateReviewVersions(webhook.admissionReviewVersions ?? [], lenient, at.child('admissionReviewVersions'), errors);
    const { name } = webhook;
    if (lenient.names || !name) continue;
    if (names.has(name)) errors.push(fieldDuplicate(at.child('name'), name));
    names.add(name);
  }
}

function validateWebhook(
  webhook: Webhook,
  lenient: Leniency,
  at: FieldPath,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  validateDomain(webhook.name ?? '', at.child('name'), errors);
  for (const [i, rule] of entriesOf(webhook.rules)) validateRule(rule, at.child('rules').index(i), errors);
  validateChoice(webhook.failurePolicy, FAILURE_POLICIES, at.child('failurePolicy'), errors);
  validateChoice(webhook.matchPolicy, MATCH_POLICIES, at.child('matchPolicy'), errors);
  const effects = lenient.sideEffects ? SIDE_EFFECTS : SAFE_SIDE_EFFECTS;
  const effectsAt = at.child('sideEffects');
  if (webhook.sideEffects === undefined || webhook.sideEffects === null) {
    errors.push(fieldRequired(effectsAt, `must specify one of ${effects.join(', ')}`));
  } else validateChoice(webhook.sideEffects, effects, effectsAt, errors);
  const { timeoutSeconds: seconds } = webhook;
  if (seconds !== undefined && (seconds < 1 || seconds > TIMEOUT_SECONDS_MAX)) {
    const text = `the timeout value must be between 1 and ${TIMEOUT_SECONDS_MAX} seconds`;
    errors.push(fieldInvalid(at.child('timeoutSeconds'), seconds, text));
  }
  validateLabelSelector(webhook.namespaceSelector, at.child('namespaceSelector'), errors);
  validateLabelSelector(webhook.objectSelector, at.child('objectSelector'), errors);
  validateChoice(webhook.reinvocationPolicy, REINVOCATION_POLICIES, at.child('reinvocationPolicy'), errors);
  validateClient(webhook.clientConfig ?? {}, at.child('clientConfig'), errors);
  if (lenient.matchConditions) return;
  const session = environment.expressions?.start(false);
  validateMatchConditions(webhook.matchConditions ?? [], session, at.child('matchConditions'), errors);
}

function validateChoice(value: string | undefined, choices: readonly string[], at: FieldPath, errors: Errors): void {
  if (value !== undefined && !choices.includes(value)) errors.push(fieldNotSupported(at, value, choices));
}

/** A domain of at least three parts. */
function validateDomain(name: string, at: FieldPath, errors: Errors): void {
  const faults = checkDns1123Subdomain(name);
  if (name === '') errors.push(fieldRequired(at));
  else if (faults.length > 0) errors.push(fieldInvalid(at, name, faults.join(',')));
  else if (name.split('.').length < 3) {
    errors.push(fieldInvalid(at, name, 'should be a domain with at least three segments separated by dots'));
  }
}

function validateClient(client: AdmissionregistrationV1WebhookClientConfig, at: FieldPath, errors: Errors): void {
  const { url, service } = client;
  if ((url === undefined) === (service === undefined)) {
    errors.push(fieldRequired(at, 'exactly one of url or service is required'));
  } else if (url !== undefined) {
    errors.push(...validateWebhookUrl(at.child('url'), url));
  } else if (service !== undefined) {
    errors.push(...validateWebhookService(at.child('service'), service));
  }
}

function validateReviewVersions(versions: string[], lenient: Leniency, at: FieldPath, errors: Errors): void {
  if (versions.length === 0) {
    errors.push(fieldRequired(at, `must specify one of ${REVIEW_VERSIONS.join(', ')}`));
    return;
  }
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) errors.push(fieldInvalid(at.index(i), version, 'duplicate version'));
    else validateChecked(version, checkDns1035Label, at.index(i), errors);
  }
  if (!lenient.reviewVersions && !knowsVersion(versions)) {
    errors.push(fieldInvalid(at, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  }
}

function webhookPolicy(resource: string, kind: string, defaults: (object: KubeObject) => void): KindPolicy {
  return ruledPolicy<KubeObject>({
    resource,
    traits: {
      kind: { group: 'admissionregistration.k8s.io', version: 'v1', kind },
      namespaced: false,
      generation: 'content',
      allowUnconditionalUpdate: false,
    },
    defaults: { v1: defaults },
    changed: (object, old) => !jsonEqual([...webhooksOf(object)], [...webhooksOf(old)]),
    validate: (object, errors, environment) => validateAll(webhooksOf(object), STRICT, errors, environment),
    validateUpdate: (object, old, errors, environment) => {
      const webhooks = webhooksOf(object);
      validateAll(webhooks, leniencyTo(webhooks, webhooksOf(old)), errors, environment);
    },
  });
}

function mutatingDefaults(object: KubeObject): void {
  setDefaults(object);
  for (const webhook of webhooksOf(object)) webhook.reinvocationPolicy ??= 'Never';
}

export const webhookPolicies: readonly KindPolicy[] = [
  webhookPolicy('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', setDefaults),
  webhookPolicy('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', mutatingDefaults),
];
