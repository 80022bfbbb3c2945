import type { JsonObject } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import type {
  AdmissionregistrationV1MutatingAdmissionPolicy,
  AdmissionregistrationV1MutatingWebhookConfiguration,
  AdmissionregistrationV1ValidatingAdmissionPolicy,
  AdmissionregistrationV1ValidatingAdmissionPolicyBinding,
  ApiextensionsV1CustomResourceDefinition,
  ApiregistrationV1APIService,
  FlowcontrolV1FlowSchema,
  FlowcontrolV1PriorityLevelConfiguration,
  StoragemigrationV1StorageVersionMigration,
} from '../../apis/types.gen.js';
import { age, cells, isTrue, NONE, name, type Printers, UNSET } from './printer.js';

const WEBHOOKS = cells<AdmissionregistrationV1MutatingWebhookConfiguration>((configuration, context) => [
  name(configuration),
  (configuration.webhooks ?? []).length,
  age(configuration, context),
]);
const BINDING = cells<AdmissionregistrationV1ValidatingAdmissionPolicyBinding>((binding, context) => [
  name(binding),
  binding.spec?.policyName ?? '',
  paramText(binding.spec?.paramRef),
  age(binding, context),
]);

/** Kinds that extend or steer the server itself. */
export const EXTENSION_PRINTERS: Printers = {
  'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': WEBHOOKS,
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations': WEBHOOKS,
  'admissionregistration.k8s.io/v1/validatingadmissionpolicies':
    cells<AdmissionregistrationV1ValidatingAdmissionPolicy>((policy, context) => [
      name(policy),
      (policy.spec?.validations ?? []).length,
      paramKindText(policy.spec?.paramKind),
      age(policy, context),
    ]),
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicies': cells<AdmissionregistrationV1MutatingAdmissionPolicy>(
    (policy, context) => [
      name(policy),
      (policy.spec?.mutations ?? []).length,
      paramKindText(policy.spec?.paramKind),
      age(policy, context),
    ],
  ),
  'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings': BINDING,
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings': BINDING,
  'apiregistration.k8s.io/v1/apiservices': cells<ApiregistrationV1APIService>((service, context) => {
    const target = service.spec?.service;
    return [
      name(service),
      target ? `${target.namespace ?? ''}/${target.name ?? ''}` : 'Local',
      availability(service),
      age(service, context),
    ];
  }),
  'apiextensions.k8s.io/v1/customresourcedefinitions': {
    timeDependent: false,
    row: (object) => ({ cells: definitionCells(object as ApiextensionsV1CustomResourceDefinition) }),
  },
  'storagemigration.k8s.io/v1/storageversionmigrations': {
    timeDependent: false,
    row: (object) => ({ cells: migrationCells(object as StoragemigrationV1StorageVersionMigration) }),
  },
  'flowcontrol.apiserver.k8s.io/v1/flowschemas': {
    ...cells<FlowcontrolV1FlowSchema>((schema, context) => [
      name(schema),
      schema.spec?.priorityLevelConfiguration?.name ?? '',
      precedence(schema),
      schema.spec?.distinguisherMethod?.type ?? NONE,
      age(schema, context),
      schema.status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ]),
    // As requests meet them.
    compare: (a, b) => precedence(a) - precedence(b) || (name(a) < name(b) ? -1 : 1),
  },
  'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations': cells<FlowcontrolV1PriorityLevelConfiguration>(
    (level, context) => {
      const limited = level.spec?.limited;
      const queuing = limited?.limitResponse?.queuing;
      return [
        name(level),
        level.spec?.type ?? '',
        limited?.nominalConcurrencyShares ?? NONE,
        queuing?.queues ?? NONE,
        queuing?.handSize ?? NONE,
        queuing?.queueLengthLimit ?? NONE,
        age(level, context),
      ];
    },
  ),
};

const precedence = (schema: Readonly<KubeObject>): number => Number(field(schema, 'spec', 'matchingPrecedence') ?? 0);

function paramKindText(kind: { apiVersion?: string; kind?: string } | null | undefined): string {
  return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : UNSET;
}

interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: JsonObject;
}

/** By name, in all namespaces where none is given; or by selector, in the notation of Go's debug output. */
function paramText(ref: ParamRef | null | undefined): string {
  if (!ref) return UNSET;
  if (ref.name) return `${ref.namespace || '*'}/${ref.name}`;
  return ref.selector ? goSelector(ref.selector) : UNSET;
}

function goSelector(selector: JsonObject): string {
  const labels = (selector['matchLabels'] ?? {}) as Record<string, string>;
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}: ${labels[key]},`);
  const expressions = (
    (selector['matchExpressions'] ?? []) as { key?: string; operator?: string; values?: string[] }[]
  ).map(
    ({ key = '', operator = '', values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${pairs.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

function availability({ status }: Readonly<ApiregistrationV1APIService>): string {
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  if (available === undefined) return 'Unknown';
  return available.status === 'True' || !available.reason
    ? available.status
    : `${available.status} (${available.reason})`;
}

function definitionCells(definition: Readonly<ApiextensionsV1CustomResourceDefinition>) {
  const { spec, status, metadata } = definition;
  const versions = (spec.versions ?? []).filter(({ served, storage }) => served || storage);
  return [
    name(definition),
    spec.scope,
    versions.map((version) => `${version.name}${version.storage ? '(storage)' : ''}`).join(','),
    metadata.creationTimestamp ?? null,
    spec.group,
    spec.names.kind,
    (spec.names.shortNames ?? []).join(','),
    isTrue(status?.conditions, 'Established'),
  ];
}

const MIGRATION_STATES = ['Running', 'Failed', 'Succeeded'];

function migrationCells(migration: Readonly<StoragemigrationV1StorageVersionMigration> & KubeObject): string[] {
  const { spec, status } = migration;
  const { group = '', resource = '' } = (spec?.resource ?? {}) as { group?: string; resource?: string };
  const state = status?.conditions?.findLast(
    ({ type, status: is }) => is === 'True' && MIGRATION_STATES.includes(type),
  );
  return [name(migration), group === '' ? resource : `${resource}.${group}`, state?.type ?? 'Unknown'];
}
