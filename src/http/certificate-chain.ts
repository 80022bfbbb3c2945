import { X509Certificate } from 'node:crypto';

/** Certificates between the client's own and an authority. */
const INTERMEDIATES_MAX = 5;
const CLIENT_AUTH_OID = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE_OID = '2.5.29.37.0';
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** A bundle of trusted roots and what was already found to chain to them, so that each request need not ask again. */
export class CertificateAuthority {
  readonly roots: readonly X509Certificate[];
  readonly verdicts = new WeakMap<X509Certificate, Verdict>();

  /** @param pem any number of certificates; none: nothing chains to this authority. @throws Error for a broken one */
  constructor(readonly pem: string) {
    this.roots = (pem.match(PEM_BLOCK) ?? []).map((block) => new X509Certificate(block));
  }
}

interface Verdict {
  readonly trusted: boolean;
  /** The verdict holds as long as all dates do. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Whether the first certificate may be used by a client and leads, by way of the others, to one of the roots, all within
 * their dates.
 * @param chain what the client sent, its own first
 */
export function verifyChain(
  chain: readonly X509Certificate[],
  authority: CertificateAuthority,
  nowMs: number = Date.now(),
): boolean {
  const leaf = chain[0];
  if (leaf === undefined || authority.roots.length === 0) return false;
  let verdict = authority.verdicts.get(leaf);
  if (verdict === undefined) {
    verdict = decide(chain, authority.roots);
    authority.verdicts.set(leaf, verdict);
  }
  return verdict.trusted && verdict.fromMs <= nowMs && nowMs <= verdict.untilMs;
}

function decide(chain: readonly X509Certificate[], roots: readonly X509Certificate[]): Verdict {
  let current = chain[0]!;
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  const narrow = (certificate: X509Certificate): void => {
    fromMs = Math.max(fromMs, Date.parse(certificate.validFrom));
    untilMs = Math.min(untilMs, Date.parse(certificate.validTo));
  };
  const refused: Verdict = { trusted: false, fromMs, untilMs };
  if (!allowsClients(current)) return refused;
  for (let depth = 0; depth <= INTERMEDIATES_MAX; depth++) {
    narrow(current);
    const root = roots.find((candidate) => candidate.raw.equals(current.raw) || issued(candidate, current));
    if (root !== undefined) {
      narrow(root);
      return { trusted: true, fromMs, untilMs };
    }
    const next = chain.find((candidate) => candidate !== current && issued(candidate, current));
    if (next === undefined) return refused;
    current = next;
  }
  return refused;
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

/** A certificate that lists extended usages must list the client's. */
function allowsClients(certificate: X509Certificate): boolean {
  const usages = certificate.keyUsage as readonly string[] | undefined;
  return usages === undefined || usages.includes(CLIENT_AUTH_OID) || usages.includes(ANY_USAGE_OID);
}
