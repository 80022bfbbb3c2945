import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { type FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { CoreV1WindowsSecurityContextOptions } from '../../apis/types.gen.js';

/** Who a container runs as on Windows. @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-runasusername/ */

const CREDENTIAL_SPEC_KIB_MAX = 64;
const DOMAIN_LENGTH_MAX = 256;
const USER_LENGTH_MAX = 104;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\x00-\x1f\x7f]/;
const NETBIOS_DOMAIN = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const USER_FORBIDDEN = /["/\\:;|=,+*?<>@[\]]/;

export function validateWindowsOptions(
  options: CoreV1WindowsSecurityContextOptions | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!options) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) {
    validateChecked(gmsaCredentialSpecName, checkDns1123Subdomain, at.child('gmsaCredentialSpecName'), errors);
  }
  if (gmsaCredentialSpec !== undefined) {
    validateChecked(gmsaCredentialSpec, checkCredentialSpec, at.child('gmsaCredentialSpec'), errors);
  }
  if (runAsUserName !== undefined) {
    for (const text of checkUserName(runAsUserName)) {
      errors.push(fieldInvalid(at.child('runAsUserName'), runAsUserName, `runAsUserName${text}`));
    }
  }
}

function checkCredentialSpec(text: string): string[] {
  if (text === '') return ['gmsaCredentialSpec cannot be an empty string'];
  if (byteLength(text) <= CREDENTIAL_SPEC_KIB_MAX * 1024) return [];
  return [`gmsaCredentialSpec size must be under ${CREDENTIAL_SPEC_KIB_MAX} KiB`];
}

/** `user` or `DOMAIN\user`. */
function checkUserName(name: string): string[] {
  if (name === '') return [' cannot be an empty string'];
  if (CONTROL.test(name)) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0] : undefined;
  const faults: string[] = [];
  if (domain !== undefined && byteLength(domain) >= DOMAIN_LENGTH_MAX) {
    faults.push(`'s Domain length must be under ${DOMAIN_LENGTH_MAX} characters`);
  }
  if (domain !== undefined && !NETBIOS_DOMAIN.test(domain) && !DNS_DOMAIN.test(domain)) {
    faults.push("'s Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') faults.push("'s User cannot be empty");
  else if (byteLength(user) > USER_LENGTH_MAX) {
    faults.push(`'s User length must not be longer than ${USER_LENGTH_MAX} characters`);
  }
  if (/^[. ]+$/.test(user)) faults.push("'s User cannot contain only periods or spaces");
  if (USER_FORBIDDEN.test(user)) {
    faults.push('\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return faults;
}
