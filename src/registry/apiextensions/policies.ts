import type { KindPolicy } from '../kind-policy.js';
import { CRD_GROUP, CRD_RESOURCE } from './crd.js';
import { CrdStatusStrategy, CrdStrategy, defaultCrd } from './crd.strategy.js';
import type { CrdSchemaCheck } from './crd-schema-check.js';

/** @param checkSchema judges each `openAPIV3Schema` (the schema engine's structural rules) */
export function apiextensionsPolicies(checkSchema: CrdSchemaCheck): readonly KindPolicy[] {
  return [
    {
      group: CRD_GROUP,
      resource: CRD_RESOURCE,
      strategy: ({ now }) => new CrdStrategy(checkSchema, now),
      statusStrategy: (main) => new CrdStatusStrategy(main),
      defaults: { v1: defaultCrd },
    },
  ];
}
