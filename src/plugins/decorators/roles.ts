import { Injectable, type Type } from '@nestjs/common';

/**
 * What a provider of a plugin is for. Every decorator for providers leaves one of these on the class, where the host finds it.
 */
export class Role<Options> {
  private readonly key: symbol;

  constructor(readonly name: string) {
    this.key = Symbol.for(`kubenest.role.${name}`);
  }

  decorate(options: Options): (target: Type) => void {
    return (target) => {
      Injectable()(target);
      Object.defineProperty(target, this.key, { value: options });
    };
  }

  /** The options on the class of a provider, undefined where it has another role or none. */
  of(provider: object): Options | undefined {
    const target = provider.constructor;
    return Object.hasOwn(target, this.key) ? (target as unknown as Record<symbol, Options>)[this.key] : undefined;
  }
}
