import { type DynamicModule, Module } from '@nestjs/common';
import { Authenticator, TokenAuthenticator } from './authentication/authenticator.js';
import { Authorizer } from './authorization/authorizer.js';
import type { Security } from './create-security.js';
import { Impersonator } from './impersonation/impersonator.js';

/** Offers what {@link createSecurity} built under the ports' own tokens. */
@Module({})
export class SecurityModule {
  static register(security: Security): DynamicModule {
    const { authenticator, tokens, authorizer } = security;
    return {
      module: SecurityModule,
      providers: [
        { provide: Authenticator, useValue: authenticator },
        { provide: TokenAuthenticator, useValue: tokens },
        { provide: Authorizer, useValue: authorizer },
        Impersonator,
      ],
      exports: [Authenticator, TokenAuthenticator, Authorizer, Impersonator],
    };
  }
}
