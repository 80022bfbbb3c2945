import { describe, expect, it } from 'vitest';
import type { RequestScope } from '../request-scope.js';
import { compileSelectors } from './selectors.js';

type Traits = Pick<RequestScope['definition'], 'custom' | 'namespaced' | 'selectableFields'>;

function select(traits: Traits, fieldSelector: string) {
  const scope = { definition: traits, request: { info: { parts: [] } } } as unknown as RequestScope;
  const query = { labelSelector: '', fieldSelector } as Parameters<typeof compileSelectors>[1];
  return () => compileSelectors(scope, query).fields.toString();
}

describe('a field selector', () => {
  const node: Traits = { custom: false, namespaced: false, selectableFields: ['spec.unschedulable'] };
  const plain: Traits = { custom: false, namespaced: true, selectableFields: [] };

  it('takes the fields of the kind', () => {
    expect(select(node, 'spec.unschedulable=true')()).toBe('spec.unschedulable=true');
    expect(select(plain, 'metadata.namespace=n')()).toBe('metadata.namespace=n');
  });

  it('is refused others, in words that tell whether the kind has fields of its own', () => {
    expect(select(node, 'spec.other=x')).toThrow('field label not supported: spec.other');
    expect(select(plain, 'spec.other=x')).toThrow(
      '"spec.other" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });

  it('has no namespace where the kind has none', () => {
    expect(select(node, 'metadata.namespace=n')).toThrow('field label not supported: metadata.namespace');
  });
});
