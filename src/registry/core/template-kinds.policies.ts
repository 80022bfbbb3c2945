import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { validateChecked, validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import { type FieldError, FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type {
  CoreV1PodTemplate,
  CoreV1ReplicationController,
  CoreV1ReplicationControllerSpec,
} from '../../apis/types.gen.js';
import { ReplicaStatusStrategy } from '../apps/replica-set.policy.js';
import { GenericStrategy, type KindTraits } from '../generic/generic-strategy.js';
import { sortedMap } from '../generic/internal-form.js';
import { scaleSubresource } from '../generic/scale.js';
import { dropDisabledTemplate, TemplateStrategy, validateAlwaysRestarts } from '../generic/template-workload.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { podContext } from './pod.strategy.js';
import { defaultPodTemplate } from './pod-defaults.js';
import { validatePodTemplate } from './pod-spec-validation.js';
import type { PodContext } from './pod-validation-options.js';
import { podWarnings } from './pod-warnings.js';

/** The core group's own kinds with a pod inside. */

const CONTROLLER: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'ReplicationController' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
};
const SPEC = FieldPath.root('spec');

function controllerDefaults(object: KubeObject): void {
  const controller = object as CoreV1ReplicationController;
  controller.spec ??= {};
  const { spec, metadata } = controller;
  spec.replicas ??= 1;
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(labels).length > 0) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  if (spec.template) defaultPodTemplate(spec);
}

const DECLARED = new Set(['spec.replicas', 'spec.minReadySeconds']);

class ReplicationControllerStrategy extends TemplateStrategy {
  override readonly defaultPropagation = 'Orphan' as const;

  constructor(private readonly context: PodContext) {
    super(CONTROLLER);
  }

  /** A whole name is judged with the rules that the type declares, in {@link validateCreate}. */
  override validateName(name: string, prefix: boolean): string[] {
    return prefix ? super.validateName(name, prefix) : [];
  }

  override validateCreate(ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateUpdate(ctx, object);
    const { name } = object.metadata;
    const faults: FieldError[] = [];
    if (name) validateChecked(name, checkDns1123Subdomain, FieldPath.root('metadata', 'name'), faults);
    const declared = errors.findIndex(({ field }) => DECLARED.has(field));
    errors.splice(declared < 0 ? errors.length : declared, 0, ...faults);
    return errors;
  }

  /** What upstream declares beside the type's fields is judged after what it has code for. */
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const spec: CoreV1ReplicationControllerSpec = (object as CoreV1ReplicationController).spec ?? {};
    const selector = spec.selector ?? {};
    if (Object.keys(selector).length === 0) errors.push(fieldRequired(SPEC.child('selector')));
    this.validateSelected(spec, selector, errors);
    validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
    validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
    return errors;
  }

  private validateSelected(
    spec: CoreV1ReplicationControllerSpec,
    selector: Readonly<Record<string, string>>,
    errors: FieldError[],
  ): void {
    const at = SPEC.child('template');
    if (!spec.template) {
      errors.push(fieldRequired(at));
      return;
    }
    const labels = spec.template.metadata?.labels ?? {};
    if (Object.entries(selector).some(([key, value]) => labels[key] !== value)) {
      const text = '`selector` does not match template `labels`';
      errors.push(fieldInvalid(at.child('metadata', 'labels'), sortedMap(spec.template.metadata?.labels), text));
    }
    validatePodTemplate(spec.template, this.context, at, errors);
    validateAlwaysRestarts(spec.template, 'ReplicationController', at, errors);
  }

  /** Upstream hands both templates over in the wrong order: what is told is about the old one. */
  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return object.metadata.generation === old.metadata.generation ? [] : this.warningsOnCreate(ctx, old);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return { 'status.replicas': String((object as CoreV1ReplicationController).status?.replicas ?? 0) };
  }
}

export const replicationControllerPolicy: KindPolicy = {
  group: '',
  resource: 'replicationcontrollers',
  strategy: (environment) => new ReplicationControllerStrategy(podContext(environment)),
  statusStrategy: (main) => new ReplicaStatusStrategy(main, CONTROLLER),
  defaults: { v1: controllerDefaults },
  subresources: (store, environment) => [scaleSubresource(store, environment)],
};

class PodTemplateStrategy extends GenericStrategy {
  constructor(private readonly context: PodContext) {
    super({
      kind: { group: '', version: 'v1', kind: 'PodTemplate' },
      namespaced: true,
      generation: 'content',
      returnsDeletedObject: true,
    });
  }

  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    super.prepareForCreate(ctx, object);
    dropDisabledTemplate((object as CoreV1PodTemplate).template, undefined);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    dropDisabledTemplate((object as CoreV1PodTemplate).template, (old as CoreV1PodTemplate).template);
    super.prepareForUpdate(ctx, object, old);
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const { template = {} } = object as CoreV1PodTemplate;
    return podWarnings(template.metadata, template.spec ?? { containers: null }, FieldPath.root('template'));
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return object.metadata.generation === old.metadata.generation ? [] : this.warningsOnCreate(ctx, object);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validatePodTemplate((object as CoreV1PodTemplate).template ?? {}, this.context, FieldPath.root('template'), errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return jsonEqual(object['template'], old['template']) ? [] : this.validateCreate(ctx, object);
  }
}

export const podTemplatePolicy: KindPolicy = {
  group: '',
  resource: 'podtemplates',
  strategy: (environment) => new PodTemplateStrategy(podContext(environment)),
  defaults: { v1: (object) => defaultPodTemplate(object as CoreV1PodTemplate) },
};
