import { isAbsolute, resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../apimachinery/meta/json.js';
import { parseYamlDocument } from '../../../../apimachinery/runtime/yaml.js';
import { readNamedFile } from '../../../../config/complete.js';
import { StartError } from '../../../../config/start-error.js';
import type { NamedTransport, TransportConfig } from './transports.js';

const FLAG = 'microservice-transports-file';
const STRATEGIES = ['tcp', 'nats', 'redis', 'mqtt', 'rmq'];

/**
 * A YAML file with `transports` (name, strategy, options) and `apiServices` (name of an APIService: name of a transport).
 * @throws StartError that names the file and what is wrong in it
 */
export function readTransportFile(path: string): TransportConfig {
  const text = readNamedFile(FLAG, path);
  try {
    const value = parseYamlDocument(Buffer.from(text), []);
    if (!isJsonObject(value)) throw new Error('must be a map with transports and apiServices');
    const { transports = [], apiServices = {}, ...unknown } = value;
    const more = Object.keys(unknown);
    if (more.length > 0) throw new Error(`there is no ${more.join(', ')}: the map has transports and apiServices`);
    if (!Array.isArray(transports)) throw new Error('transports must be a list');
    return {
      transports: transports.map((each, i) => transportOf(each, `transports[${i}]`, path)),
      apiServices: namesOf(apiServices),
    };
  } catch (error) {
    throw new StartError(`--${FLAG} ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The path of a client's module is taken from the folder of the file. */
function transportOf(value: JsonValue, at: string, file: string): NamedTransport {
  if (!isJsonObject(value)) throw new Error(`${at} must be a map with name, strategy and options`);
  const { name, strategy, options = {} } = value;
  if (typeof name !== 'string' || name === '') throw new Error(`${at}.name must be a text`);
  if (typeof strategy !== 'string' || strategy === '') {
    throw new Error(`${at}.strategy must be one of ${STRATEGIES.join(', ')}, or the path of a module`);
  }
  if (!isJsonObject(options)) throw new Error(`${at}.options must be a map`);
  const known = STRATEGIES.includes(strategy) || isAbsolute(strategy);
  return { name, strategy: known ? strategy : resolve(file, '..', strategy), options };
}

function namesOf(value: JsonValue): ReadonlyMap<string, string> {
  if (!isJsonObject(value))
    throw new Error('apiServices must be a map from names of APIServices to names of transports');
  return new Map(
    Object.entries(value as JsonObject).map(([name, transport]) => {
      if (typeof transport !== 'string') throw new Error(`apiServices: ${name} must name a transport`);
      return [name, transport] as const;
    }),
  );
}
