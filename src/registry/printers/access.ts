import { DEFAULT_TABLE } from '../../apimachinery/table/default-table.js';
import { humanDuration } from '../../apimachinery/table/human-duration.js';
import type {
  CertificatesV1CertificateSigningRequest,
  CertificatesV1ClusterTrustBundle,
  CertificatesV1PodCertificateRequest,
  RbacV1RoleBinding,
} from '../../apis/types.gen.js';
import { age, cells, type KindPrinter, labelsText, NONE, name, type Printers } from './printer.js';

const MS_PER_SECOND = 1000;
const CREATED_AT: KindPrinter = { row: DEFAULT_TABLE.row, timeDependent: false };
const BINDING = cells<RbacV1RoleBinding>((binding, context) => [
  name(binding),
  `${binding.roleRef.kind}/${binding.roleRef.name}`,
  age(binding, context),
  subjects(binding, 'User'),
  subjects(binding, 'Group'),
  subjects(binding, 'ServiceAccount'),
]);

export const ACCESS_PRINTERS: Printers = {
  'rbac.authorization.k8s.io/v1/roles': CREATED_AT,
  'rbac.authorization.k8s.io/v1/clusterroles': CREATED_AT,
  'rbac.authorization.k8s.io/v1/rolebindings': BINDING,
  'rbac.authorization.k8s.io/v1/clusterrolebindings': BINDING,
  'certificates.k8s.io/v1/certificatesigningrequests': cells<CertificatesV1CertificateSigningRequest>(
    (request, context) => {
      const seconds = request.spec.expirationSeconds;
      return [
        name(request),
        age(request, context),
        request.spec.signerName || NONE,
        request.spec.username ?? '',
        seconds === undefined ? NONE : humanDuration(seconds * MS_PER_SECOND),
        signingState(request),
      ];
    },
  ),
  'certificates.k8s.io/v1/clustertrustbundles': {
    timeDependent: false,
    row: (object) => ({
      cells: [name(object), (object as CertificatesV1ClusterTrustBundle).spec.signerName || NONE],
    }),
  },
  'certificates.k8s.io/v1/podcertificaterequests': {
    timeDependent: false,
    row: (object) => ({ cells: podCertificateCells(object as CertificatesV1PodCertificateRequest) }),
  },
};

function subjects({ subjects: all }: Readonly<RbacV1RoleBinding>, wanted: string): string {
  return (all ?? [])
    .filter(({ kind }) => kind === wanted)
    .map((subject) =>
      wanted === 'ServiceAccount' && subject.namespace ? `${subject.namespace}/${subject.name}` : subject.name,
    )
    .join(', ');
}

/** A denial outweighs an approval; failure and an issued certificate are added to either. */
function signingState({ status }: Readonly<CertificatesV1CertificateSigningRequest>): string {
  const has = (wanted: string) => status?.conditions?.some(({ type }) => type === wanted) ?? false;
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${verdict}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}

function podCertificateCells(request: Readonly<CertificatesV1PodCertificateRequest>): string[] {
  const { spec, status } = request;
  const ended = status?.conditions?.find(({ type }) => type === 'Issued' || type === 'Denied' || type === 'Failed');
  return [
    name(request),
    spec.podName,
    spec.serviceAccountName,
    spec.nodeName,
    spec.signerName,
    ended?.type ?? 'Pending',
    labelsText(spec.unverifiedUserAnnotations),
  ];
}
