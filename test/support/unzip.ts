import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const DIRECTORY_ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/**
 * One file out of a zip archive (APPNOTE 6.3: central directory, stored or deflated; no zip64, no encryption).
 * @throws Error when there is no such file, or no such archive
 */
export function unzipFile(archive: string, name: string): Buffer {
  const file = openSync(archive, 'r');
  try {
    return extract((at, length) => readAt(file, at, length), fstatSync(file).size, name);
  } finally {
    closeSync(file);
  }
}

type Read = (at: number, length: number) => Buffer;

function extract(read: Read, size: number, name: string): Buffer {
  const tailBytes = Math.min(size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = read(size - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('this is no zip archive');
  const directory = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + DIRECTORY_ENTRY_BYTES <= directory.length; ) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const nameAt = at + DIRECTORY_ENTRY_BYTES;
    if (directory.toString('utf8', nameAt, nameAt + nameBytes) === name) {
      return contentOf(read, directory.subarray(at, at + DIRECTORY_ENTRY_BYTES));
    }
    at = nameAt + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new Error(`the archive has no ${name}`);
}

function contentOf(read: Read, entry: Buffer): Buffer {
  const method = entry.readUInt16LE(10);
  const headerAt = entry.readUInt32LE(42);
  const header = read(headerAt, LOCAL_HEADER_BYTES);
  const dataAt = headerAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const data = read(dataAt, entry.readUInt32LE(20));
  if (method === STORED) return data;
  if (method === DEFLATED) return inflateRawSync(data);
  throw new Error(`compression method ${method} is not understood`);
}

function readAt(file: number, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (readSync(file, buffer, 0, length, at) !== length) throw new Error('the archive is cut short');
  return buffer;
}
