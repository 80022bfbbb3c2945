import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The process on this machine that listens on a port; undefined where there is none or it cannot be seen. */
export function processOnPort(port: number): number | undefined {
  const inode = socketOf(port);
  if (inode === undefined) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${descriptor}`) === `socket:[${inode}]`) return Number(pid);
      }
    } catch {
      // Ended meanwhile, or somebody else's.
    }
  }
  return undefined;
}

function socketOf(port: number): string | undefined {
  const LISTEN = '0A';
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let lines: string[];
    try {
      lines = readFileSync(table, 'utf8').trim().split('\n').slice(1);
    } catch {
      continue;
    }
    for (const line of lines) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && local.endsWith(suffix)) return inode;
    }
  }
  return undefined;
}

/** Ticks of the clock that /proc counts in; the kernel's interface fixes it. */
const TICKS_A_SECOND = 100;

/** CPU time that a process has used so far, all threads, in microseconds; undefined when it is gone. */
export function cpuUs(pid: number): number | undefined {
  try {
    // The second field, the name, is in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
    return ((user + system) * 1_000_000) / TICKS_A_SECOND;
  } catch {
    return undefined;
  }
}

/** Resident memory of a process in MB; undefined when it is gone. */
export function residentMb(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
  } catch {
    return undefined;
  }
}
