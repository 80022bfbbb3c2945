import { type FieldError, fieldInvalid } from '../../../apimachinery/validation/field-error.js';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;

export type Level = (typeof LEVELS)[number];

/** A level as some minor version of Kubernetes meant it. */
export interface LevelVersion {
  readonly level: Level;
  /** Minor version; infinite: the latest. */
  readonly minor: number;
}

/** What a namespace asks for. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const LATEST = Number.POSITIVE_INFINITY;
const PRIVILEGED: LevelVersion = { level: 'privileged', minor: LATEST };

/** What counts where a namespace says nothing. */
export const DEFAULT_POLICY: Policy = { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED };

export const LABEL_PREFIX = 'pod-security.kubernetes.io/';

/** Negative, zero or positive as a is laxer than, as strict as or stricter than b. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** `baseline:latest`, `restricted:v1.25` */
export function levelVersionText({ level, minor }: LevelVersion): string {
  return `${level}:${minor === LATEST ? 'latest' : `v1.${minor}`}`;
}

export function sameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

/**
 * The policy of a namespace by its labels. What cannot be read is enforced strictly, and neither audited nor warned of.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces
 */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
  defaults: Policy,
): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: keyof Policy): LevelVersion & { readonly valid: boolean } => {
    const level = labels?.[`${LABEL_PREFIX}${mode}`];
    const version = labels?.[`${LABEL_PREFIX}${mode}-version`];
    const known = LEVELS.find((one) => one === level);
    if (level !== undefined && known === undefined) {
      errors.push(labelFault(mode, level, `must be one of ${LEVELS.join(', ')}`));
    }
    let minor = defaults[mode].minor;
    if (version !== undefined) {
      const parsed = parseMinor(version);
      if (parsed === undefined) errors.push(labelFault(`${mode}-version`, version, 'must be "latest" or "v1.x"'));
      minor = parsed ?? LATEST;
    }
    const fallback = mode === 'enforce' ? 'restricted' : 'privileged';
    const chosen = level === undefined ? defaults[mode].level : (known ?? fallback);
    return { level: chosen, minor, valid: known !== undefined };
  };
  const enforce = read('enforce');
  const audit = read('audit');
  let warn: LevelVersion = read('warn');
  const warned = labels?.[`${LABEL_PREFIX}warn`] !== undefined;
  // Who enforces a level wants to hear of what it will refuse.
  if (!warned && enforce.valid && compareLevels(enforce.level, warn.level) > 0) {
    const minor = labels?.[`${LABEL_PREFIX}warn-version`] === undefined ? enforce.minor : warn.minor;
    warn = { level: enforce.level, minor };
  }
  return { policy: { enforce, audit, warn }, errors };
}

function parseMinor(version: string): number | undefined {
  if (version === 'latest') return LATEST;
  const match = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(version);
  return match === null ? undefined : Number(match[1]);
}

function labelFault(label: string, value: string, detail: string): FieldError {
  return fieldInvalid(`metadata.labels[${LABEL_PREFIX}${label}]`, value, detail);
}
