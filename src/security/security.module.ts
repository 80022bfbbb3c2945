import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { Authenticator, TokenAuthenticator } from './authentication/authenticator.js';
import { Authorizer } from './authorization/authorizer.js';
import type { Security } from './create-security.js';
import { Impersonator } from './impersonation/impersonator.js';

/** What {@link createSecurity} built: the DI token of the whole; its parts have the ports' own tokens. */
export abstract class SecurityParts implements Security {
  abstract readonly authenticator: Security['authenticator'];
  abstract readonly tokens: Security['tokens'];
  abstract readonly authorizer: Security['authorizer'];
  abstract readonly escalation: Security['escalation'];
  abstract readonly policyFeed: Security['policyFeed'];
  abstract readonly issuer: Security['issuer'];
  abstract readonly documents: Security['documents'];
  abstract readonly namespaces: Security['namespaces'];
  abstract close(): Promise<void>;
}

/** Who is asking and what they may do. */
@Module({})
export class SecurityModule {
  /** @param build how to make the parts of what is in the server */
  static register(build: Pick<FactoryProvider<Security>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: SecurityModule,
      global: true,
      providers: [
        { provide: SecurityParts, ...build },
        {
          provide: Authenticator,
          inject: [SecurityParts],
          useFactory: ({ authenticator }: SecurityParts) => authenticator,
        },
        { provide: TokenAuthenticator, inject: [SecurityParts], useFactory: ({ tokens }: SecurityParts) => tokens },
        { provide: Authorizer, inject: [SecurityParts], useFactory: ({ authorizer }: SecurityParts) => authorizer },
        Impersonator,
      ],
      exports: [SecurityParts, Authenticator, TokenAuthenticator, Authorizer, Impersonator],
    };
  }
}
