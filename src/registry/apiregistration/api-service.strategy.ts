import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { pathSegment } from '../../apimachinery/validation/names.js';
import { validateObjectMetaUpdate } from '../../apimachinery/validation/object-meta.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { RestContext } from '../rest/context.js';
import type { Strategy } from '../rest/strategy.js';
import { API_SERVICE_GROUP, type ApiService, HTTPS_PORT, LOCAL_AVAILABILITY, withAvailability } from './api-service.js';
import { validateApiService, validateApiServiceStatus, validateApiServiceUpdate } from './validate-api-service.js';

export const API_SERVICE_TRAITS: KindTraits = {
  kind: { group: API_SERVICE_GROUP, version: 'v1', kind: 'APIService' },
  namespaced: false,
  hasStatus: true,
  statusKeepsMetadata: true,
  nameRule: pathSegment,
  generation: 'none',
  allowUnconditionalUpdate: false,
};

/** APIServices. Those without a service are served here, and so available from the first moment. */
export class ApiServiceStrategy extends GenericStrategy {
  override readonly standardFinalizers: boolean = false;

  constructor(private readonly now: () => number) {
    super(API_SERVICE_TRAITS);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const service = object as ApiService;
    const local = service.spec?.service === undefined;
    service.status = local
      ? withAvailability(undefined, LOCAL_AVAILABILITY, formatTime(Math.floor(this.now() / 1000)))
      : {};
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return validateApiService(object as ApiService);
  }

  /** Metadata is judged here too, besides by the store: upstream tells its faults twice. */
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, { custom: true }),
      ...validateApiServiceUpdate(object as ApiService),
    ];
  }
}

/** The status endpoint: conditions only, not even labels. */
export class ApiServiceStatusStrategy extends StatusStrategy {
  override readonly standardFinalizers: boolean = false;

  constructor(main: Strategy) {
    super(main, API_SERVICE_TRAITS);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, { custom: true }),
      ...validateApiServiceStatus(object as ApiService),
    ];
  }
}

/** Defaults that depend on other fields, in place. */
export function defaultApiService(object: KubeObject): void {
  const { service } = (object as ApiService).spec ?? {};
  if (service !== undefined && service !== null) service.port ??= HTTPS_PORT;
}
