import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import type { Target } from './load/plan.js';

export const USAGE = `npm run bench -- [--server URL] [--token T | --kubeconfig FILE] [--jobs a,b] [--seconds N] [--workers N]
                     [--same-work]

Loads a Kubernetes API server and tells how fast it answers. Without --server the server of this project is compiled and
started on a free port. --jobs picks jobs by their names (--list shows them), --seconds is how long each is measured. With --same-work only the
reference's jobs are done, each to as many answers as the reference gives in that time: then memory can be set beside its own.
`;

export interface BenchOptions {
  /** Undefined: a server of our own. */
  readonly target: Target | undefined;
  readonly jobs: readonly string[];
  readonly seconds: number;
  readonly workers: number;
  readonly sameWork: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  readonly users: readonly { readonly user: Record<string, string | undefined> }[];
}

/** @throws Error for what was written wrong */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      server: { type: 'string' },
      token: { type: 'string' },
      kubeconfig: { type: 'string' },
      jobs: { type: 'string', default: '' },
      seconds: { type: 'string', default: '5' },
      workers: { type: 'string', default: '1' },
      'same-work': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const fromFile = values.kubeconfig === undefined ? undefined : readKubeconfig(values.kubeconfig);
  const url = values.server ?? fromFile?.url;
  return {
    target: url === undefined ? undefined : { ...fromFile, url, ...(values.token ? { token: values.token } : {}) },
    jobs: values.jobs.split(',').filter((name) => name !== ''),
    seconds: positive('seconds', values.seconds),
    workers: positive('workers', values.workers),
    sameWork: values['same-work'],
    list: values.list,
    help: values.help,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name}: "${text}" is no number above 0`);
  return value;
}

/** The first cluster and the first user of the file, which is all that a file made for one server has. */
function readKubeconfig(path: string): Target {
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const url = clusters[0]?.cluster.server;
  if (url === undefined) throw new Error(`--kubeconfig: ${path} names no server`);
  const user = users[0]?.user ?? {};
  const pem = (name: string) => {
    const data = user[`${name}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    return user[name] === undefined ? undefined : readFileSync(user[name], 'utf8');
  };
  return { url, token: user['token'], cert: pem('client-certificate'), key: pem('client-key') };
}
