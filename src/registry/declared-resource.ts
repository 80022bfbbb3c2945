import { Injectable } from '@nestjs/common';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { FieldError } from '../apimachinery/validation/field-error.js';
import type { CustomResourceDefinition } from './apiextensions/crd.js';
import type { SubresourceDefinition } from './resource-definition.js';
import type { RestStorage } from './rest/storage.js';
import type { Strategy } from './rest/strategy.js';

/** Rules of one version beyond its schema; the object is of that version. */
export type DeclaredRules = (object: Readonly<KubeObject>) => FieldError[];

/** Keeps the objects of a resource elsewhere than in the store. */
export interface DeclaredBacking {
  /**
   * What answers requests. Called once, before anything is asked.
   * @param strategy judges and completes what clients write
   */
  open(strategy: Strategy): RestStorage;
  /** Ends its watches. */
  close(): void;
}

/**
 * A resource that code declares: what a CustomResourceDefinition would say of it, and what only code can say. It becomes the same
 * ResourceDefinition as every other resource; no CustomResourceDefinition is stored.
 */
export interface DeclaredResource {
  /** Who declares it, for people. */
  readonly owner: string;
  /** Valid, with every name given. */
  readonly crd: CustomResourceDefinition;
  /** By version. */
  readonly rules: ReadonlyMap<string, DeclaredRules>;
  readonly subresources: readonly SubresourceDefinition[];
  readonly backing?: DeclaredBacking;
}

/** What code declares beside the built-in kinds. Add in `onModuleInit`: resources are served from `onApplicationBootstrap` on. */
@Injectable()
export class DeclaredResources {
  private readonly resources: DeclaredResource[] = [];

  get all(): readonly DeclaredResource[] {
    return this.resources;
  }

  add(resource: DeclaredResource): void {
    this.resources.push(resource);
  }
}
