import { describe, expect, it } from 'vitest';
import type { RequestScope } from '../request-scope.js';
import { compileSelectors } from './selectors.js';

type Traits = Pick<RequestScope['definition'], 'custom' | 'namespaced' | 'selectableFields'> &
  Partial<Pick<RequestScope['definition'], 'group' | 'resource'>>;

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

  it('is refused in words of their own by some kinds', () => {
    const named = (group: string, resource: string) => ({ ...node, group, resource });
    expect(select(named('batch', 'jobs'), 'spec.x=1')).toThrow('field label "spec.x" not supported for Job');
    expect(select(named('resource.k8s.io', 'resourceslices'), 'spec.x=1')).toThrow(
      'field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.x',
    );
  });

  it('takes the old name of the node of a pod', () => {
    const pods = { ...plain, group: '', resource: 'pods', selectableFields: ['spec.nodeName'] };
    expect(select(pods, 'spec.host=n')()).toBe('spec.nodeName=n');
    expect(select(pods, 'status.podIPs=10.0.0.1')()).toBe('status.podIPs=10.0.0.1');
  });

  it('speaks of events as their group does, not as they are stored', () => {
    const selectableFields = ['involvedObject.name', 'reportingComponent', 'source', 'type'];
    const events = { ...plain, group: 'events.k8s.io', resource: 'events', selectableFields };
    expect(select(events, 'regarding.name=p,reportingController!=c,type=Normal')()).toBe(
      'involvedObject.name=p,reportingComponent!=c,type=Normal',
    );
    for (const stored of ['involvedObject.name', 'reportingComponent', 'source']) {
      expect(select(events, `${stored}=x`)).toThrow(`field label not supported: ${stored}`);
    }
    expect(select({ ...events, group: '' }, 'involvedObject.name=p')()).toBe('involvedObject.name=p');
  });
});
