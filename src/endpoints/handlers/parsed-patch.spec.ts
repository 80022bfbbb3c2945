import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { wholeFloatsOf } from '../../apimachinery/runtime/whole-floats.js';
import { PatchResult, parsePatch } from './parsed-patch.js';

const parse = (type: 'json' | 'merge', text: string, ignoresFields = false) =>
  parsePatch({ type, cbor: false }, Buffer.from(text), { ignoresFields, custom: false });
const refusal = (type: 'json' | 'merge', text: string, ignoresFields = false): string => {
  try {
    parse(type, text, ignoresFields);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const OBJECT: JsonObject = { kind: 'K', spec: { b: 1, a: { z: 1, y: 2 } }, apiVersion: 'v1' };

describe('patches', () => {
  it('tell unknown and duplicate fields of JSON patch operations, and duplicates that they bring along', () => {
    expect(parse('json', '[{"op":"add","op":"add","path":"/a","x":1}]').strict).toEqual([
      'json patch duplicate field "[0].op"',
      'json patch unknown field "[0].x"',
    ]);
    expect(parse('json', '[{"op":"add","path":"/spec/l/0","value":{"x":1,"x":2}}]').strict).toEqual([
      'json patch duplicate field "[0].value.x"',
      'duplicate field "spec.l[0].x"',
    ]);
  });

  it('are read in other words where nobody asks for unknown fields', () => {
    expect(refusal('json', '{}')).toContain('error decoding patch: json: cannot unmarshal object');
    expect(refusal('json', '{}', true)).toBe('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    expect(refusal('json', '[1]', true)).toContain('jsonpatch.Operation');
    expect(refusal('json', '[{"op":1}]')).toBe(
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    );
    expect(refusal('json', '[{"op":1}]', true)).toBe('');
    expect(refusal('merge', 'null')).toBe('Invalid JSON Patch');
  });

  it('are refused with what came of them, fields in order where the patch has been', () => {
    const fault = (type: 'json' | 'merge', text: string) => {
      return new PatchResult(parse(type, text), OBJECT, {}).fault('no').message;
    };
    expect(fault('merge', '{"x":"<"}')).toContain(
      String.raw`patch: Invalid value: "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"spec\":{\"b\":1,\"a\":{\"z\":1,\"y\":2}},\"x\":\"\\u003c\"}": no`,
    );
    expect(fault('merge', '{"spec":{"c":1}}')).toContain(
      String.raw`\"spec\":{\"a\":{\"z\":1,\"y\":2},\"b\":1,\"c\":1}`,
    );
    expect(fault('json', '[{"op":"remove","path":"/spec/a/z"}]')).toContain(
      String.raw`\"spec\":{\"a\":{\"y\":2},\"b\":1}`,
    );
  });

  it('keep what they write as doubles', () => {
    const floats = (type: 'json' | 'merge', text: string) => {
      return [...(wholeFloatsOf(new PatchResult(parse(type, text), OBJECT, {}).value()) ?? [])];
    };
    expect(floats('merge', '{"spec":{"b":2.0}}')).toEqual(['spec.b']);
    expect(floats('json', '[{"op":"add","path":"/spec/l","value":[1,{"x":1e1}]}]')).toEqual(['spec.l[1].x']);
    expect(() => floats('json', '[{"op":"test","path":"/spec/b","value":1.0}]')).toThrow(
      expect.objectContaining({ code: 422 }),
    );
  });

  it('to apply are JSON or become JSON', () => {
    const apply = (text: string) =>
      parsePatch({ type: 'apply', cbor: false }, Buffer.from(text), { ignoresFields: false, custom: true });
    const message = (text: string): string => {
      try {
        apply(text);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(apply('a: 1\na: 2\n').strict).toEqual(['yaml: unmarshal errors:\n  line 2: key "a" already set in map']);
    expect(message('a: b: c')).toMatch(/^error encoding patch: yaml: /);
    expect(message('{')).toMatch(/^error decoding patch: error converting YAML to JSON: yaml: /);
    expect(message('- a')).toMatch(/while decoding JSON: json: cannot unmarshal array into Go value/);
  });
});
