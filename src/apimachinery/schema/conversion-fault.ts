import type { JsonValue } from '../meta/json.js';

/** What a Go type is to the converter that makes typed objects of documents. */
export type GoShape = 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'slice' | 'map' | 'struct';

/**
 * What that converter says of a value that does not fit. Strategic merge patches go through it, where other bodies are decoded from text.
 * @param goType as messages name it: `v1.RestartPolicy`
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/runtime/converter.go (behaviour)
 */
export function conversionFault(value: JsonValue, goType: string, shape: GoShape): string {
  const found = kindOf(value);
  if (shape === 'struct') return `cannot restore struct from: ${found}`;
  if (shape === 'slice' || shape === 'map') return `cannot restore ${shape} from ${found}`;
  const convertible = (found === 'int64' && shape === 'string') || (found === 'float64' && shape.startsWith('int'));
  return convertible ? `cannot convert ${found} to ${goType}` : `unrecognized type: ${shape}`;
}

/** Go's kind of a value in a decoded document. */
function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'map';
  }
}
