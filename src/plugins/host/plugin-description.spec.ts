import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { KUBENEST_VERSION } from '../../config/version.js';
import { ApiObject, ApiResource } from '../decorators/api-resource.js';
import { Plugin } from '../decorators/plugin.js';
import { describePlugins } from './plugin-description.js';

function resource(kind: string, group = 'a.example.com', version = 'v1') {
  class Resource extends ApiObject {}
  ApiResource({ group, version, kind })(Resource);
  return Resource;
}

function plugin(name: string, ...kinds: string[]) {
  class Made {}
  Plugin({ name, resources: kinds.map((kind) => resource(kind)) })(Made);
  return Made;
}

describe('plugins', () => {
  it('are classes with @Plugin, Nest modules, and what their forRoot returns', () => {
    @Module({ providers: [] })
    class Plain {}
    const made = plugin('made', 'Cup');
    const described = describePlugins([made, Plain, { module: plugin('configured'), providers: [] }]);
    expect(described.map(({ name }) => name)).toEqual(['made', 'Plain', 'configured']);
    expect(described[0]!.resources).toHaveLength(1);
  });

  it.each<[string, () => unknown[], string]>([
    ['is no class', () => [7], 'plugin 7: it is no class: give a class with @Plugin'],
    ['is a bare class', () => [class Bare {}], 'plugin Bare: Bare is no plugin: put @Plugin({ ... }) on it'],
    ['is given twice', () => [plugin('a'), plugin('a')], 'plugin a: it is given twice'],
    [
      'collides',
      () => [plugin('a', 'Cup'), plugin('b', 'Cup')],
      'kind Cup of a.example.com is declared by plugin a already',
    ],
  ])('are refused where one %s', (_what, given, text) => {
    expect(() => describePlugins(given() as never)).toThrow(text);
  });

  it.each([
    [['a'], 'plugin b: it needs plugin a, which is not there: give a before it'],
    [['later'], 'plugin b: it needs plugin later, which comes after it: give later before it'],
    [['first'], undefined],
  ])('come behind those that they need: %j', (requires, text) => {
    class Needs {}
    Plugin({ name: 'b', requires })(Needs);
    const describing = () => describePlugins([plugin('first'), Needs, plugin('later')]);
    if (text === undefined) expect(describing()).toHaveLength(3);
    else expect(describing).toThrow(text);
  });

  it('say which class is no resource', () => {
    class Cup {}
    class Made {}
    Plugin({ name: 'made', resources: [Cup as never] })(Made);
    expect(() => describePlugins([Made])).toThrow(
      'plugin made: Cup stands in its resources and is none: put @ApiResource',
    );
  });

  it.each([
    [`^${KUBENEST_VERSION}`, undefined],
    ['*', undefined],
    ['^99.0.0', `it is made for kubenest ^99.0.0, and this is ${KUBENEST_VERSION}`],
    ['newest', '"newest" is no range of versions'],
  ])('are for versions: %s', (kubenest, text) => {
    class Made {}
    Plugin({ kubenest })(Made);
    const describing = () => describePlugins([Made]);
    if (text === undefined) expect(describing()).toHaveLength(1);
    else expect(describing).toThrow(text);
  });
});
