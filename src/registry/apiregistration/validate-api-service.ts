import { type FieldError, FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { checkDns1035Label, checkDns1123Subdomain, pathSegment } from '../../apimachinery/validation/names.js';
import { unsupportedInOrder } from '../rest/deletion.js';
import { type ApiService, type ApiServiceSpec, GROUP_PRIORITY_MAX, HTTPS_PORT } from './api-service.js';

const VERSION_PRIORITY_MAX = 1_000;
const PORT_MAX = 65_535;
const SPEC = FieldPath.root('spec');
const CONDITION_STATUSES = ['True', 'False', 'Unknown'];

/** Every fault of an APIService on create, in kube-apiserver's order. */
export function validateApiService(service: Readonly<ApiService>): FieldError[] {
  const { group = '', version = '' } = service.spec;
  const required = `${version}.${group}`;
  const name = service.metadata.name ?? '';
  const misnamed = pathSegment(name, false).length === 0 && name !== required;
  const text = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(required)}`;
  return [...(misnamed ? [fieldInvalid('metadata.name', name, text)] : []), ...validateSpec(service.spec)];
}

/** The name cannot change any more, but the spec could stop fitting it. */
export function validateApiServiceUpdate(service: Readonly<ApiService>): FieldError[] {
  return validateApiService(service);
}

export function validateApiServiceStatus(service: Readonly<ApiService>): FieldError[] {
  return (service.status?.conditions ?? []).flatMap(({ status }, i) =>
    CONDITION_STATUSES.includes(status)
      ? []
      : [unsupportedInOrder(`status.conditions[${i}].status`, JSON.stringify(status ?? ''), CONDITION_STATUSES)],
  );
}

function validateSpec(spec: ApiServiceSpec): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec;
  const errors: FieldError[] = [];
  if (group === '' && version !== 'v1') {
    errors.push(fieldRequired(SPEC.child('group'), 'only v1 may have an empty group and it better be legacy kube'));
  }
  if (group !== '')
    for (const fault of checkDns1123Subdomain(group)) errors.push(fieldInvalid(SPEC.child('group'), group, fault));
  for (const fault of checkDns1035Label(version)) errors.push(fieldInvalid(SPEC.child('version'), version, fault));
  const priority = (field: string, value: number, max: number): void => {
    if (value > 0 && value <= max) return;
    errors.push(fieldInvalid(SPEC.child(field), value, `must be positive and less than ${max}`));
  };
  priority('groupPriorityMinimum', groupPriorityMinimum, GROUP_PRIORITY_MAX);
  priority('versionPriority', versionPriority, VERSION_PRIORITY_MAX);
  return errors.concat(spec.service === undefined ? validateLocal(spec) : validateRemote(spec));
}

function validateLocal(spec: ApiServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const bytes = Buffer.from(spec.caBundle ?? '', 'base64').length;
  if (bytes > 0) {
    errors.push(fieldInvalid(SPEC.child('caBundle'), `${bytes} bytes`, 'local APIServices may not have a caBundle'));
  }
  if (spec.insecureSkipTLSVerify === true) {
    const text = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push(fieldInvalid(SPEC.child('insecureSkipTLSVerify'), true, text));
  }
  return errors;
}

function validateRemote(spec: ApiServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const at = SPEC.child('service');
  const { namespace, name, port = HTTPS_PORT } = spec.service!;
  if (!namespace) errors.push(fieldRequired(at.child('namespace')));
  if (!name) errors.push(fieldRequired(at.child('name')));
  if (port < 1 || port > PORT_MAX) {
    errors.push(
      fieldInvalid(at.child('port'), port, `port is not valid: must be between 1 and ${PORT_MAX}, inclusive`),
    );
  }
  if (spec.insecureSkipTLSVerify === true && spec.caBundle) {
    const text = 'may not be true if caBundle is present';
    errors.push(fieldInvalid(SPEC.child('insecureSkipTLSVerify'), true, text));
  }
  return errors;
}
