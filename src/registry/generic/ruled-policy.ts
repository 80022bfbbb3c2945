import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { DeclaredRule } from '../../apimachinery/validation/declared-rules.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { declaredFaults } from './declared.js';
import { dropFields, type GatedFields } from './gated-fields.js';
import { GenericStrategy, type KindTraits, StatusStrategy, setGeneration } from './generic-strategy.js';

/** What a kind adds to the generic strategy, as plain functions: enough for kinds that are mostly validation. */
export interface KindRules<T extends KubeObject> {
  readonly resource: string;
  readonly traits: KindTraits;
  readonly defaults?: KindPolicy['defaults'];
  /** After the generic preparation (status cleared, generation set), in place. */
  readonly prepareForCreate?: (object: T, environment: PolicyEnvironment) => void;
  /** Before the generic preparation, so that the generation sees what is stored. */
  readonly prepareForUpdate?: (object: T, old: Readonly<T>, environment: PolicyEnvironment) => void;
  readonly validate: (object: Readonly<T>, errors: Errors, environment: PolicyEnvironment) => void;
  /** Default: as on create. */
  readonly validateUpdate?: (
    object: Readonly<T>,
    old: Readonly<T>,
    errors: Errors,
    environment: PolicyEnvironment,
  ) => void;
  /** Of a write through the status endpoint. */
  readonly validateStatus?: (
    object: Readonly<T>,
    old: Readonly<T>,
    errors: Errors,
    environment: PolicyEnvironment,
  ) => void;
  /** On the status endpoint, after the generic preparation, in place. */
  readonly prepareForStatus?: (object: T, old: Readonly<T>) => void;
  /** What is dropped because its feature is off. */
  readonly disabled?: GatedFields;
  /** Rules that stand in the type; their faults come after those of the functions above, on every endpoint. */
  readonly declared?: DeclaredRule;
  /** Whether an update makes a new generation, where the traits' rule does not tell. */
  readonly changed?: (object: Readonly<T>, old: Readonly<T>) => boolean;
  /** `old` is undefined on create. */
  readonly warnings?: (object: Readonly<T>, old: Readonly<T> | undefined) => string[];
  readonly statusWarnings?: (object: Readonly<T>, old: Readonly<T>) => string[];
  /** The last touch before storing, in place. */
  readonly canonicalize?: (object: T) => void;
  readonly selectableFields?: (object: Readonly<T>) => Record<string, string>;
}

export function ruledPolicy<T extends KubeObject>(rules: KindRules<T>): KindPolicy {
  const { resource, traits, defaults, validateStatus } = rules;
  return {
    group: traits.kind.group,
    resource,
    strategy: (environment) => new RuledStrategy(rules, environment),
    ...(defaults && { defaults }),
    ...((validateStatus ?? traits.statusKeepsMetadata) && {
      statusStrategy: (main, environment) => new RuledStatusStrategy(main, rules, environment),
    }),
  };
}

/** The rules of one kind in the shape that the generic store calls. */
export class RuledStrategy<T extends KubeObject> extends GenericStrategy {
  constructor(
    private readonly rules: KindRules<T>,
    private readonly environment: PolicyEnvironment,
  ) {
    super(rules.traits);
  }

  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    super.prepareForCreate(ctx, object);
    if (this.rules.disabled) dropFields(object, undefined, this.rules.disabled);
    this.rules.prepareForCreate?.(object as T, this.environment);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    if (this.rules.disabled) dropFields(object, old, this.rules.disabled);
    this.rules.prepareForUpdate?.(object as T, old as T, this.environment);
    super.prepareForUpdate(ctx, object, old);
  }

  protected override moveGeneration(object: KubeObject, old: Readonly<KubeObject>): void {
    const { changed } = this.rules;
    if (changed === undefined) super.moveGeneration(object, old);
    else setGeneration(object, old, changed(object as T, old as T));
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    this.rules.validate(object as T, errors, this.environment);
    return withDeclared(errors, this.rules, this.environment, object);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { validate, validateUpdate } = this.rules;
    if (validateUpdate === undefined) validate(object as T, errors, this.environment);
    else validateUpdate(object as T, old as T, errors, this.environment);
    return withDeclared(errors, this.rules, this.environment, object, old);
  }

  override canonicalize(object: KubeObject): void {
    this.rules.canonicalize?.(object as T);
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return this.rules.warnings?.(object as T, undefined) ?? [];
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return this.rules.warnings?.(object as T, old as T) ?? [];
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return this.rules.selectableFields?.(object as T) ?? {};
  }
}

class RuledStatusStrategy<T extends KubeObject> extends StatusStrategy {
  constructor(
    main: ConstructorParameters<typeof StatusStrategy>[0],
    private readonly rules: KindRules<T>,
    private readonly environment: PolicyEnvironment,
  ) {
    super(main, rules.traits);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    if (this.rules.disabled) dropFields(object, old, this.rules.disabled);
    this.rules.prepareForStatus?.(object as T, old as T);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    this.rules.validateStatus?.(object as T, old as T, errors, this.environment);
    return withDeclared(errors, this.rules, this.environment, object, old);
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return this.rules.statusWarnings?.(object as T, old as T) ?? [];
  }
}

function withDeclared<T extends KubeObject>(
  errors: FieldError[],
  { declared }: KindRules<T>,
  { catalogue }: PolicyEnvironment,
  object: Readonly<KubeObject>,
  old?: Readonly<KubeObject>,
): FieldError[] {
  return declared === undefined ? errors : errors.concat(declaredFaults(declared, object, old, catalogue));
}
