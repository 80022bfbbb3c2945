import { Environment, type EnvironmentOptions, type Library } from '../environment.js';
import { TWO_VARIABLE_MACROS } from '../macros.js';
import { ADDRESSES } from './addresses.js';
import { LISTS } from './lists.js';
import { NAMED_FORMATS } from './named-formats.js';
import { OPERATORS } from './operators.js';
import { OPTIONALS } from './optionals.js';
import { QUANTITIES } from './quantities.js';
import { REGEX } from './regex.js';
import { SETS } from './sets.js';
import { STANDARD } from './standard.js';
import { STRINGS } from './strings.js';
import { URLS } from './urls.js';
import { SEMVERS } from './versions.js';

/** What every expression in a Kubernetes object may use. */
export const KUBERNETES_LIBRARIES: readonly Library[] = [
  OPERATORS,
  STANDARD,
  STRINGS,
  LISTS,
  SETS,
  REGEX,
  URLS,
  ADDRESSES,
  QUANTITIES,
  SEMVERS,
  NAMED_FORMATS,
  OPTIONALS,
  { functions: [], macros: TWO_VARIABLE_MACROS },
];
export const KUBERNETES_SYNTAX: EnvironmentOptions = { optionals: true, quotedFields: false };

let environment: Environment | undefined;

/**
 * What expressions in Kubernetes objects may use, before variables are declared.
 * @see https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
 */
export function kubernetesEnvironment(): Environment {
  environment ??= Environment.of(KUBERNETES_LIBRARIES, KUBERNETES_SYNTAX);
  return environment;
}
