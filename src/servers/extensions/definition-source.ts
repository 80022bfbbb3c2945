import type { JsonObject } from '../../apimachinery/meta/json.js';
import { type CustomResourceDefinition, isConditionTrue } from '../../registry/apiextensions/crd.js';

/** Gives a definition, parsed anew from where it is stored. */
export type ReadDefinition = () => Readonly<CustomResourceDefinition>;

/** Where the schemas of a served definition come from: its stored bytes, so that a definition in use is not kept a second time as objects. */
export class DefinitionSource {
  /**
   * Names the spec: it changes with each change of it. A deletion takes one off the generation, which is no return to the spec before.
   */
  readonly edition: string;

  constructor(
    crd: Readonly<CustomResourceDefinition>,
    private read: ReadDefinition,
  ) {
    const { uid = '', generation = 0 } = crd.metadata;
    this.edition = `${uid}/${generation}${isConditionTrue(crd, 'Terminating') ? '/terminating' : ''}`;
  }

  /** Reads from a newer state with the same spec from now on, so that the older one can be forgotten. */
  follow(read: ReadDefinition): void {
    this.read = read;
  }

  schemaOf(version: string): JsonObject {
    return this.read().spec.versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema ?? {};
  }
}
