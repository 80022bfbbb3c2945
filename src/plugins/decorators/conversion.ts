import type { Type } from '@nestjs/common';
import type { ApiObjectLike, ResourceClass } from '../../client/resource-type.js';
import { Role } from './roles.js';

/**
 * What a class with `@Conversion` does. A round trip should lose nothing, since either version may be the stored one. Name, namespace
 * and uid stay; of the metadata only labels and annotations may change. apiVersion and kind need not be set.
 */
export interface Converts<From extends ApiObjectLike, To extends ApiObjectLike> {
  /** @param object the callee's own */
  convert(object: From): To;
  convertBack(object: To): From;
}

export interface ConversionRole {
  readonly from: ResourceClass;
  readonly to: ResourceClass;
}

export const CONVERSION = new Role<ConversionRole>('conversion');

/** A provider that converts between two versions of one kind. Of more versions, those without a converter of their own go over others. */
export function Conversion<From extends ApiObjectLike, To extends ApiObjectLike>(
  from: ResourceClass<From>,
  to: ResourceClass<To>,
): (target: Type<Converts<From, To>>) => void {
  return CONVERSION.decorate({ from, to });
}
