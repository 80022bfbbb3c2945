import { isJsonObject, type JsonValue, jsonEqual } from '../../apimachinery/meta/json.js';
import { printGoSchema } from '../../apimachinery/schema/print-go-schema.js';
import type { CrdColumn, CrdSelectableField, CrdSpec, CrdSubresources, CrdValidation, CrdVersion } from './crd.js';

/** The parts of a version that move up to the spec where all versions have the same. */
interface VersionParts {
  readonly schema: CrdValidation | undefined;
  readonly subresources: CrdSubresources | undefined;
  readonly additionalPrinterColumns: CrdColumn[] | undefined;
  readonly selectableFields: CrdSelectableField[] | undefined;
}

/**
 * A definition in the shape that validation speaks about: kube-apiserver validates its internal version, in which what
 * is equal in all versions stands once, at the top. Field paths of faults follow from it.
 */
export interface CrdHub {
  readonly top: VersionParts;
  readonly versions: readonly (Readonly<CrdVersion> & VersionParts)[];
}

const PARTS = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;

export function toHub(spec: CrdSpec): CrdHub {
  const versions = spec.versions ?? [];
  const top: Record<string, JsonValue | undefined> = {};
  const moved = new Set<string>();
  const first = versions[0];
  for (const part of PARTS) {
    if (first === undefined || !versions.every((version) => same(version[part], first[part]))) continue;
    moved.add(part);
    top[part] = first[part];
  }
  return {
    top: top as unknown as VersionParts,
    versions: versions.map((version) => {
      const parts = Object.fromEntries(PARTS.map((part) => [part, moved.has(part) ? undefined : version[part]]));
      return { ...version, ...parts } as CrdVersion & VersionParts;
    }),
  };
}

/** Absent and empty lists are the same to a Go slice comparison. */
function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  const normal = (value: JsonValue | undefined): JsonValue | undefined =>
    value === null || (Array.isArray(value) && value.length === 0) ? undefined : value;
  return jsonEqual(normal(a), normal(b));
}

/** `spec.versions` as faults about the whole list print it. */
export function printVersions(hub: CrdHub): JsonValue {
  return hub.versions.map((version) => ({
    Name: version.name,
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: version.schema ? { OpenAPIV3Schema: printSchema(version.schema.openAPIV3Schema) } : null,
    Subresources: version.subresources ? printSubresources(version.subresources) : null,
    AdditionalPrinterColumns: version.additionalPrinterColumns?.map(printColumn) ?? null,
    SelectableFields: version.selectableFields?.map(({ jsonPath }) => ({ JSONPath: jsonPath })) ?? null,
  }));
}

function printSchema(schema: JsonValue | undefined): JsonValue {
  return isJsonObject(schema) ? printGoSchema(schema) : null;
}

function printSubresources({ status, scale }: CrdSubresources): JsonValue {
  return {
    Status: status ? {} : null,
    Scale: scale
      ? {
          SpecReplicasPath: scale.specReplicasPath ?? '',
          StatusReplicasPath: scale.statusReplicasPath ?? '',
          LabelSelectorPath: scale.labelSelectorPath ?? null,
        }
      : null,
  };
}

function printColumn(column: CrdColumn): JsonValue {
  return {
    Name: column.name,
    Type: column.type,
    Format: column.format ?? '',
    Description: column.description ?? '',
    Priority: column.priority ?? 0,
    JSONPath: column.jsonPath,
  };
}

export function subresourcesOf(hub: CrdHub, version: Readonly<CrdVersion>): CrdSubresources | undefined {
  return hub.top.subresources ?? version.subresources;
}

/** A subresource that is switched on by an empty object. */
export function hasStatus(subresources: CrdSubresources | undefined): boolean {
  return subresources?.status !== undefined && subresources.status !== null;
}
