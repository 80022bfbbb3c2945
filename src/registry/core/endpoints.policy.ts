import { jsonEqual } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { checkPortNumber, type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkStrictIp, ipWarnings } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1EndpointAddress, CoreV1EndpointPort, CoreV1Endpoints } from '../../apis/types.gen.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import { validateRoutable } from './service-validation.js';

/** @see https://kubernetes.io/docs/concepts/services-networking/service/#endpoints */

const SUBSETS = FieldPath.root('subsets');
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validateEndpoints({ subsets }: Readonly<CoreV1Endpoints>, errors: Errors): void {
  for (const [i, { addresses = [], notReadyAddresses = [], ports = [] }] of entriesOf(subsets)) {
    const at = SUBSETS.index(i);
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.push(fieldRequired(at, 'must specify `addresses` or `notReadyAddresses`'));
    }
    for (const [j, each] of addresses.entries()) validateAddress(each, at.child('addresses').index(j), errors);
    for (const [j, each] of notReadyAddresses.entries()) {
      validateAddress(each, at.child('notReadyAddresses').index(j), errors);
    }
    for (const [j, each] of ports.entries()) validatePort(each, ports.length > 1, at.child('ports').index(j), errors);
  }
}

function validateAddress({ ip = '', hostname, nodeName }: CoreV1EndpointAddress, at: FieldPath, errors: Errors): void {
  // Two rules of upstream look at the address: one at how it is written, one at where it leads.
  const ipAt = at.child('ip');
  validateChecked(ip, checkStrictIp, ipAt, errors);
  if (hostname) validateChecked(hostname, checkDns1123Label, at.child('hostname'), errors);
  if (nodeName !== undefined) validateChecked(nodeName, checkDns1123Subdomain, at.child('nodeName'), errors);
  validateRoutable(ip, ipAt, errors);
}

function validatePort(port: CoreV1EndpointPort, named: boolean, at: FieldPath, errors: Errors): void {
  const { name = '', port: number, protocol = '', appProtocol } = port;
  if (name !== '') validateChecked(name, checkDns1123Label, at.child('name'), errors);
  else if (named) errors.push(fieldRequired(at.child('name')));
  for (const text of checkPortNumber(number ?? 0)) errors.push(fieldInvalid(at.child('port'), number ?? 0, text));
  if (protocol === '') errors.push(fieldRequired(at.child('protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(fieldNotSupported(at.child('protocol'), protocol, PROTOCOLS));
  if (appProtocol !== undefined) validateQualifiedName(appProtocol, at.child('appProtocol'), errors);
}

function addressWarnings({ subsets = [] }: Readonly<CoreV1Endpoints>): string[] {
  return subsets.flatMap((subset, i) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap(({ ip }, j) => {
        const at = SUBSETS.index(i).child(list).index(j).child('ip');
        return ipWarnings(ip, at.toString());
      }),
    ),
  );
}

export const endpointsPolicy = ruledPolicy<CoreV1Endpoints>({
  resource: 'endpoints',
  traits: { kind: { group: '', version: 'v1', kind: 'Endpoints' }, namespaced: true, allowCreateOnUpdate: true },
  defaults: {
    v1: (object) => {
      for (const subset of (object as CoreV1Endpoints).subsets ?? []) {
        for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
      }
    },
  },
  validate: validateEndpoints,
  warnings: addressWarnings,
  validateUpdate: (endpoints, old, errors) => {
    if (!jsonEqual(endpoints.subsets, old.subsets)) validateEndpoints(endpoints, errors);
  },
});
