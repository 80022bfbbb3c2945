import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type {
  FlowcontrolV1FlowSchema,
  FlowcontrolV1NonResourcePolicyRule,
  FlowcontrolV1PolicyRulesWithSubjects,
  FlowcontrolV1ResourcePolicyRule,
  FlowcontrolV1Subject,
} from '../../apis/types.gen.js';

const SPEC = FieldPath.root('spec');
const PRECEDENCE_MAX = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const ALL = '*';

/** @see https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#flowschema */
export function validateFlowSchemaSpec({ metadata, spec }: Readonly<FlowcontrolV1FlowSchema>, errors: Errors): void {
  const { matchingPrecedence: precedence = 0, distinguisherMethod, priorityLevelConfiguration, rules } = spec ?? {};
  const precedenceAt = SPEC.child('matchingPrecedence');
  if (precedence <= 0) errors.push(fieldInvalid(precedenceAt, precedence, 'must be a positive value'));
  if (precedence > PRECEDENCE_MAX) {
    errors.push(fieldInvalid(precedenceAt, precedence, `must not be greater than ${PRECEDENCE_MAX}`));
  }
  if (precedence === 1 && metadata.name !== 'exempt') {
    errors.push(fieldInvalid(precedenceAt, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
  if (distinguisherMethod && !METHODS.includes(distinguisherMethod.type ?? '')) {
    const shown = { Type: distinguisherMethod.type ?? '' };
    errors.push(fieldNotSupported(SPEC.child('distinguisherMethod', 'type'), shown, METHODS));
  }
  const level = priorityLevelConfiguration?.name ?? '';
  const levelAt = SPEC.child('priorityLevelConfiguration', 'name');
  if (level === '') errors.push(fieldRequired(levelAt, 'must reference a priority level'));
  else validateChecked(level, checkDns1123Subdomain, levelAt, errors);
  for (const [i, rule] of entriesOf(rules)) validateRule(rule, SPEC.child('rules').index(i), errors);
}

function validateRule(rule: FlowcontrolV1PolicyRulesWithSubjects, at: FieldPath, errors: Errors): void {
  const subjects = rule.subjects ?? [];
  const { resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) {
    errors.push(fieldRequired(at.child('subjects'), 'subjects must contain at least one value'));
  }
  for (const [i, subject] of subjects.entries()) validateSubject(subject, at.child('subjects').index(i), errors);
  if (resourceRules.length + nonResourceRules.length === 0) {
    errors.push(fieldRequired(at, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  for (const [i, one] of resourceRules.entries()) validateResourceRule(one, at.child('resourceRules').index(i), errors);
  for (const [i, one] of nonResourceRules.entries()) {
    validateNonResourceRule(one, at.child('nonResourceRules').index(i), errors);
  }
}

/** Only the part that the kind names may be there. Parts in the order in which faults of the others are told. */
const SUBJECT_PARTS = [
  ['serviceAccount', 'ServiceAccount'],
  ['user', 'User'],
  ['group', 'Group'],
] as const;

function validateSubject(subject: FlowcontrolV1Subject, at: FieldPath, errors: Errors): void {
  const { kind = '' } = subject;
  const part = SUBJECT_PARTS.find(([, name]) => name === kind)?.[0];
  if (part === undefined) {
    errors.push(fieldNotSupported(at.child('kind'), kind, SUBJECT_KINDS));
    return;
  }
  const here = at.child(part);
  const given = subject[part];
  if (given === undefined) {
    errors.push(fieldRequired(here, `${part} is required when subject kind is '${kind}'`));
  } else if (part === 'serviceAccount') {
    const { name = '', namespace = '' } = subject.serviceAccount ?? {};
    if (name === '') errors.push(fieldRequired(here.child('name')));
    else if (name !== ALL) validateChecked(name, checkDns1123Subdomain, here.child('name'), errors);
    const namespaceAt = here.child('namespace');
    if (namespace === '') errors.push(fieldRequired(namespaceAt, 'must specify namespace for service account'));
    else validateChecked(namespace, checkDns1123Label, namespaceAt, errors);
  } else if (!given.name) {
    errors.push(fieldRequired(here.child('name')));
  }
  for (const [other, name] of SUBJECT_PARTS) {
    if (other === part || subject[other] === undefined) continue;
    errors.push(fieldForbidden(at.child(other), `${other} is forbidden when subject kind is not '${name}'`));
  }
}

function validateVerbs(verbs: string[], at: FieldPath, errors: Errors): void {
  if (verbs.length === 0) errors.push(fieldRequired(at, 'verbs must contain at least one value'));
  else if (verbs.includes(ALL)) {
    if (verbs.length > 1) errors.push(fieldInvalid(at, verbs, "if '*' is present, must not specify other verbs"));
  } else if (!verbs.every((verb) => VERBS.includes(verb))) {
    errors.push(fieldNotSupported(at, verbs, VERBS));
  }
}

function validateResourceRule(rule: FlowcontrolV1ResourcePolicyRule, at: FieldPath, errors: Errors): void {
  const namespaces = rule.namespaces ?? [];
  validateVerbs(rule.verbs ?? [], at.child('verbs'), errors);
  validateNonEmpty(rule.apiGroups ?? [], 'api group', at.child('apiGroups'), errors);
  validateNonEmpty(rule.resources ?? [], 'resource', at.child('resources'), errors);
  const here = at.child('namespaces');
  if (namespaces.length === 0 && !rule.clusterScope) {
    const text = 'resource rules that are not cluster scoped must supply at least one namespace';
    errors.push(fieldRequired(here, text));
  } else if (namespaces.includes(ALL)) {
    if (namespaces.length > 1) {
      errors.push(fieldInvalid(here, namespaces, "if '*' is present, must not specify other namespaces"));
    }
  } else {
    for (const [i, namespace] of namespaces.entries()) {
      for (const text of checkDns1123Label(namespace)) {
        const whole = `each member of this list must be '*' or a DNS-1123 label; ${text}`;
        errors.push(fieldInvalid(here.index(i), namespace, whole));
      }
    }
  }
}

function validateNonEmpty(values: string[], noun: string, at: FieldPath, errors: Errors): void {
  if (values.length === 0) errors.push(fieldRequired(at, `resource rules must supply at least one ${noun}`));
  else if (values.length > 1 && values.includes(ALL)) {
    errors.push(fieldInvalid(at, values, `if '*' is present, must not specify other ${noun}s`));
  }
}

function validateNonResourceRule(rule: FlowcontrolV1NonResourcePolicyRule, at: FieldPath, errors: Errors): void {
  const urls = rule.nonResourceURLs ?? [];
  const here = at.child('nonResourceURLs');
  validateVerbs(rule.verbs ?? [], at.child('verbs'), errors);
  if (urls.length === 0) errors.push(fieldRequired(here, 'nonResourceURLs must contain at least one value'));
  else if (urls.includes(ALL)) {
    if (urls.length > 1) {
      errors.push(fieldInvalid(here, urls, "if '*' is present, must not specify other non-resource URLs"));
    }
  } else {
    for (const [i, url] of urls.entries()) {
      const fault = urlFault(url);
      if (fault !== undefined) errors.push(fieldInvalid(here.index(i), url, fault));
    }
  }
}

function urlFault(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split(ALL).length - 1;
  return wildcards > 1 || (wildcards === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}
