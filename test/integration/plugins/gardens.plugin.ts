import { Injectable, Module } from '@nestjs/common';
import {
  ArrayMaxSize,
  IsEmail,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import {
  ApiObject,
  ApiResource,
  type Attributes,
  type AuthenticationRequest,
  type AuthenticationResult,
  Authenticator,
  type AuthorizationResult,
  Authorizer,
  Client,
  Column,
  Field,
  type KubeObject,
  Plugin,
  type Reconcile,
  type ReconcileRequest,
  Reconciles,
  Selectable,
  type ServesSubresource,
  Subresource,
  TokenAuthenticator,
} from 'kubenest';

/** A rule that no schema can say. */
function IsPalindrome() {
  return (target: object, propertyName: string): void => {
    registerDecorator({
      name: 'isPalindrome',
      target: target.constructor,
      propertyName,
      validator: {
        validate: (value: unknown) => String(value) === [...String(value)].reverse().join(''),
        defaultMessage: () => '$property must read the same backwards',
      },
    });
  };
}

export class Plant {
  @IsString() @Length(2, 20) name!: string;
  @IsInt() @Min(0) @Max(100) thirst = 10;
}

class GardenSpec {
  @Column() @Selectable() @IsNotEmpty() @IsString() owner!: string;
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Field({ type: () => Plant, list: true, listMapKeys: ['name'] })
  plants: Plant[] = [];
  @IsOptional() @IsPalindrome() @Field({ description: 'Reads the same backwards.' }) motto?: string;
  @ValidateIf((spec: GardenSpec) => spec.owner === 'guest') @IsEmail() contact?: string;
  @IsInt() replicas = 1;
}

class GardenStatus {
  @IsOptional() @IsInt() replicas?: number;
  @IsOptional() @IsString() seen?: string;
}

@ApiResource({
  group: 'garden.example.com',
  version: 'v1',
  categories: ['all'],
  description: 'A garden and what grows in it.',
  scale: { spec: '.spec.replicas', status: '.status.replicas' },
  rules: [{ rule: "self.spec.owner != 'nobody'", message: 'somebody must own it' }],
})
export class Garden extends ApiObject {
  @Field() spec!: GardenSpec;
  @Field() status?: GardenStatus;
}

export class Watering {
  @IsInt() @Min(1) litres!: number;
}

@Subresource(Garden, 'water', { body: Watering })
class Water implements ServesSubresource<Garden, Watering> {
  get({ spec }: Garden): object {
    return { thirst: spec.plants.reduce((sum, { thirst }) => sum + thirst, 0) };
  }

  post({ metadata, spec }: Garden, { litres }: Watering): object {
    if (spec.owner === 'broken') throw new Error('the hose is off');
    return { watered: metadata.name, litres };
  }
}

/** What reconcilers of this file have been asked, and how often one has failed. */
@Injectable()
export class Diary {
  readonly entries: string[] = [];
  failures = 0;
}

/** A secret called after a garden concerns that garden. */
const ALMANACS = {
  resource: { apiVersion: 'v1', resource: 'secrets' },
  requests: ({ metadata: { name = '', namespace = '' } }: KubeObject) => [{ name, namespace }],
};

@Reconciles(Garden, {
  owns: [{ apiVersion: 'v1', resource: 'configmaps' }],
  watches: [ALMANACS],
  leaderElection: true,
})
class Gardener implements Reconcile<Garden> {
  constructor(
    private readonly client: Client,
    private readonly diary: Diary,
  ) {}

  async reconcile({ name, namespace }: ReconcileRequest, garden: Garden | undefined): Promise<void> {
    this.diary.entries.push(`${name} ${garden === undefined ? 'gone' : 'seen'}`);
    if (garden === undefined) return;
    if (garden.spec.owner === 'unlucky' && this.diary.failures < 2) {
      this.diary.failures++;
      throw new Error('rain');
    }
    const maps = this.client.resource({ apiVersion: 'v1', resource: 'configmaps' });
    if ((await maps.find(name, { namespace })) === undefined) {
      const { uid = '' } = garden.metadata;
      const owner = { apiVersion: 'garden.example.com/v1', kind: 'Garden', name, uid, controller: true };
      const map: KubeObject = {
        metadata: { name, namespace, ownerReferences: [owner] },
        data: { owner: garden.spec.owner },
      };
      await maps.create(map);
    }
    if (garden.status?.seen !== garden.spec.owner) {
      await this.client.for(Garden).patchStatus(name, { seen: garden.spec.owner, replicas: 1 }, { namespace });
    }
  }
}

/** Whoever says a name is who they say, but not the devil. */
class SaysWho extends Authenticator {
  override authenticate({ headers }: AuthenticationRequest): AuthenticationResult | undefined {
    const name = headers['x-says'];
    if (typeof name !== 'string') return undefined;
    if (name === 'devil') throw new Error('the devil was here');
    return { user: { name, uid: '', groups: [], extra: {} } };
  }
}

/** Tokens that are names of flowers. */
class FlowerTokens extends TokenAuthenticator {
  override authenticateToken(token: string): AuthenticationResult | undefined {
    const name = /^flower-(\w+)$/.exec(token)?.[1];
    return name === undefined ? undefined : { user: { name, uid: '', groups: ['flowers'], extra: {} } };
  }
}

/** Gardeners may look at gardens, and nobody at Eden. */
class GardenGate extends Authorizer {
  override authorize({ user, verb, group, name }: Attributes): AuthorizationResult {
    if (group !== 'garden.example.com') return { decision: 'noOpinion', reason: '' };
    if (name === 'eden') return { decision: 'deny', reason: 'an angel stands there' };
    return user.name === 'gardener' && ['get', 'list'].includes(verb)
      ? { decision: 'allow', reason: '' }
      : { decision: 'noOpinion', reason: '' };
  }

  override rulesFor() {
    return { resource: [], nonResource: [], incomplete: true };
  }
}

/** What the plugin provides by a module of its own. */
@Module({ providers: [Diary, Gardener], exports: [Diary] })
class Reconciling {}

@Plugin({
  name: 'gardens',
  imports: [Reconciling],
  kubenest: '>=0.1.0',
  resources: [Garden],
  providers: [Water, SaysWho, FlowerTokens, GardenGate],
})
export class Gardens {}
