import type { JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import type { CoreV1Event } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits } from '../generic/generic-strategy.js';
import { internalForm } from '../generic/internal-form.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { CORE_SHAPE, convertEvent } from './event-conversion.js';
import { validateEvent, validateFixedEvent, validateNewEvent } from './event-validation.js';

const CORE_KIND = { group: '', version: 'v1', kind: 'Event' };
const TRAITS: KindTraits = { kind: CORE_KIND, namespaced: true, allowCreateOnUpdate: true };

/** Events work in the core group's shape. They own nothing, so their deletion is never passed on. */
class EventStrategy extends GenericStrategy {
  override readonly defaultPropagation = 'Unsupported' as const;

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return faultsOf(object, 'reportingComponent');
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, _old: Readonly<KubeObject>): FieldError[] {
    return faultsOf(object, 'reportingComponent');
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    const { involvedObject, reason, reportingComponent, source, type } = object as CoreV1Event;
    const { kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath } = involvedObject ?? {};
    return {
      'involvedObject.kind': kind ?? '',
      'involvedObject.namespace': namespace ?? '',
      'involvedObject.name': name ?? '',
      'involvedObject.uid': uid ?? '',
      'involvedObject.apiVersion': apiVersion ?? '',
      'involvedObject.resourceVersion': resourceVersion ?? '',
      'involvedObject.fieldPath': fieldPath ?? '',
      reason: reason ?? '',
      reportingComponent: reportingComponent ?? '',
      source: source?.component || (reportingComponent ?? ''),
      type: type ?? '',
    };
  }
}

function faultsOf(object: Readonly<KubeObject>, controller: string): FieldError[] {
  const errors: FieldError[] = [];
  validateEvent(object as CoreV1Event, controller, errors);
  return errors;
}

/** The newer group asks for more on create and lets only the series change. */
class NewEventStrategy extends EventStrategy {
  constructor(private readonly environment: PolicyEnvironment) {
    super(TRAITS);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors = faultsOf(object, 'reportingController');
    validateNewEvent(object as CoreV1Event, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = faultsOf(object, 'reportingController');
    const show = (field: string, event: Readonly<CoreV1Event>): JsonValue => {
      const schema = this.environment.catalogue.schemaOfKind(CORE_KIND).properties?.get(field);
      return schema === undefined ? null : internalForm(schema, event[field]);
    };
    validateFixedEvent(object as CoreV1Event, old as CoreV1Event, show, errors);
    return errors;
  }
}

export const eventsPolicies: readonly KindPolicy[] = [
  { group: '', resource: 'events', strategy: () => new EventStrategy(TRAITS) },
  {
    group: 'events.k8s.io',
    resource: 'events',
    hubVersion: CORE_SHAPE,
    sharedWith: { collection: '/events', kind: CORE_KIND },
    strategy: (environment) => new NewEventStrategy(environment),
    convert: convertEvent,
  },
];
