import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldDuplicate, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import type { FlowcontrolV1FlowSchema, FlowcontrolV1PriorityLevelConfiguration } from '../../apis/types.gen.js';
import type { KindTraits } from '../generic/generic-strategy.js';
import { internalForm } from '../generic/internal-form.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import { validateFlowSchemaSpec } from './flow-schema-validation.js';
import { declaredLevel, EXEMPT, validateLevelSpec } from './priority-level-validation.js';

type Level = FlowcontrolV1PriorityLevelConfiguration;

/** Objects without which flow control would not work: their specs are the server's alone. */
const MANDATORY = ['exempt', 'catch-all'];
const SPEC = FieldPath.root('spec');
const CONDITIONS = FieldPath.root('status', 'conditions');

const traits = (kind: string): KindTraits => ({
  kind: { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind },
  namespaced: false,
  hasStatus: true,
  statusKeepsMetadata: true,
  generation: 'spec',
});

function flowSchemaDefaults(object: KubeObject): void {
  const schema = object as FlowcontrolV1FlowSchema;
  if (schema.spec) schema.spec.matchingPrecedence ||= 1000;
}

function levelDefaults(object: KubeObject): void {
  const { spec, metadata } = object as Level;
  if (spec?.type === 'Exempt' && metadata.name === EXEMPT) {
    spec.exempt ??= {};
  }
  if (spec?.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  const { limited } = spec ?? {};
  if (!limited) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  const { queuing } = limited.limitResponse ?? {};
  if (!queuing) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}

/** The spec that a mandatory object must have; undefined for others. */
function fixedSpec(environment: PolicyEnvironment, resource: string, name: string): JsonObject | undefined {
  if (!MANDATORY.includes(name)) return undefined;
  const objects = environment.catalogue.bootstrap()[resource] ?? [];
  return objects.find((object) => field(object, 'metadata', 'name') === name)?.['spec'] as JsonObject | undefined;
}

/** The spec as kube-apiserver holds it, for messages that show it whole. */
function shownSpec(object: Readonly<KubeObject>, kind: string, environment: PolicyEnvironment) {
  const schema = environment.catalogue.schemaOfKind({ ...traits(kind).kind }).properties?.get('spec');
  return schema === undefined ? null : internalForm(schema, object['spec']);
}

function validateConditions(object: Readonly<KubeObject>, errors: Errors): void {
  const conditions = ((object['status'] as JsonObject | undefined)?.['conditions'] ?? []) as { type?: string }[];
  const seen = new Set<string>();
  for (const [i, { type = '' }] of conditions.entries()) {
    const at = CONDITIONS.index(i).child('type');
    if (seen.has(type)) errors.push(fieldDuplicate(at, type));
    seen.add(type);
    if (type === '') errors.push(fieldRequired(at));
  }
}

const flowSchemaPolicy = ruledPolicy<FlowcontrolV1FlowSchema>({
  resource: 'flowschemas',
  traits: traits('FlowSchema'),
  defaults: { v1: flowSchemaDefaults },
  validate: (schema, errors, environment) => {
    validateFlowSchemaSpec(schema, errors);
    const name = schema.metadata.name ?? '';
    const fixed = fixedSpec(environment, 'flowschemas', name);
    if (fixed !== undefined && !jsonEqual(schema.spec, fixed)) {
      const shown = shownSpec(schema, 'FlowSchema', environment);
      errors.push(fieldInvalid(SPEC, shown, `spec of '${name}' must equal the fixed value`));
    }
    validateConditions(schema, errors);
  },
  validateStatus: (schema, _old, errors) => validateConditions(schema, errors),
});

const priorityLevelPolicy = ruledPolicy<Level>({
  resource: 'prioritylevelconfigurations',
  traits: traits('PriorityLevelConfiguration'),
  defaults: { v1: levelDefaults },
  validate: (level, errors, environment) => {
    validateLevelSpec(level, errors);
    const name = level.metadata.name ?? '';
    const fixed = fixedSpec(environment, 'prioritylevelconfigurations', name);
    const given = name === EXEMPT ? { ...level.spec, exempt: fixed?.['exempt'] } : level.spec;
    if (fixed !== undefined && !jsonEqual(given, fixed)) {
      const shown = shownSpec(level, 'PriorityLevelConfiguration', environment);
      const text =
        name === EXEMPT
          ? `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`
          : `spec of '${name}' must equal the fixed value`;
      errors.push(fieldInvalid(SPEC, shown, text));
    }
    validateConditions(level, errors);
  },
  declared: declaredLevel,
  validateStatus: (level, _old, errors) => validateConditions(level, errors),
});

export const flowcontrolPolicies: readonly KindPolicy[] = [flowSchemaPolicy, priorityLevelPolicy];
