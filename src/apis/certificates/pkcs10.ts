import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** What validation needs of a certificate request. */
export interface CertificateRequest {
  readonly organizations: readonly string[];
  readonly publicKey: KeyObject;
}

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----\s*((?:[^\n:]+:[^\n]*\n)*)([A-Za-z0-9+/=\s]+?)-----END \1-----/g;
const ORGANIZATION = '55040a';
const CONSTRUCTED_SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_IDENTIFIER = 0x06;
const BIT_STRING = 0x03;

/** Digest by the object identifier of the signature algorithm, in hex; null where the key's kind implies it. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/** PEM blocks of a text: type, content and whether there are `Name: value` lines before it. */
export function pemBlocks(
  text: string,
): { readonly type: string; readonly der: Buffer; readonly hasHeaders: boolean }[] {
  return [...text.matchAll(PEM)].map(([, type = '', headers = '', body = '']) => ({
    type,
    der: Buffer.from(body, 'base64'),
    hasHeaders: headers !== '',
  }));
}

/**
 * Reads a PKCS#10 request and checks that it is signed by its own key.
 * @throws Error that tells what is wrong
 * @see https://www.rfc-editor.org/rfc/rfc2986
 */
export function readCertificateRequest(pem: string): CertificateRequest {
  const block = pemBlocks(pem)[0];
  if (block === undefined || block.type !== 'CERTIFICATE REQUEST') {
    throw new Error('PEM block type must be CERTIFICATE REQUEST');
  }
  const [info, algorithm, signature] = children(readElement(block.der, 0));
  const [, subject, publicKey] = info === undefined ? [] : children(info);
  if (!info || !algorithm || !subject || !publicKey || signature?.tag !== BIT_STRING) {
    throw new Error('asn1: structure error: not a certificate request');
  }
  const identifier = children(algorithm)[0]?.content.toString('hex') ?? '';
  const digest = DIGESTS[identifier];
  if (digest === undefined) throw new Error('x509: cannot verify signature: algorithm unimplemented');
  const key = createPublicKey({ key: publicKey.whole, format: 'der', type: 'spki' });
  // The first octet of a bit string tells its unused bits.
  if (!verify(digest, info.whole, key, signature.content.subarray(1))) throw new Error('x509: verification failure');
  return { organizations: organizationsOf(subject), publicKey: key };
}

interface Element {
  readonly tag: number;
  readonly whole: Buffer;
  readonly content: Buffer;
}

function readElement(der: Buffer, at: number): Element {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) throw new Error('asn1: syntax error: data truncated');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || at + 2 + lengthBytes > der.length) throw new Error('asn1: syntax error: length too large');
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (start + length > der.length) throw new Error('asn1: syntax error: data truncated');
  return { tag, whole: der.subarray(at, start + length), content: der.subarray(start, start + length) };
}

function children({ tag, content }: Element): Element[] {
  if (tag !== CONSTRUCTED_SEQUENCE && tag !== SET) throw new Error('asn1: structure error: tags do not match');
  const found: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const element = readElement(content, at);
    found.push(element);
    at += element.whole.length;
  }
  return found;
}

/** A name is a sequence of sets of (type, value). */
function organizationsOf(subject: Element): string[] {
  return children(subject)
    .flatMap(children)
    .map(children)
    .filter(([type]) => type?.tag === OBJECT_IDENTIFIER && type.content.toString('hex') === ORGANIZATION)
    .map(([, value]) => value?.content.toString('utf8') ?? '');
}
