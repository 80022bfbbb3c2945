import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { ServerConfig } from '../config/server-options.js';
import { Admission, type AdmissionPlugin } from './admission.js';
import { AdmissionChain } from './admission-chain.js';

/** Every plugin there is, in the order of the chain. */
export abstract class AdmissionPlugins {
  abstract readonly all: readonly AdmissionPlugin[];
}

/** Plugins that are on unless `--disable-admission-plugins` names them. */
const ON_BY_DEFAULT: ReadonlySet<string> = new Set([
  'NamespaceLifecycle',
  'LimitRanger',
  'ServiceAccount',
  'TaintNodesByCondition',
  'PodSecurity',
  'Priority',
  'DefaultTolerationSeconds',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PersistentVolumeClaimResize',
  'RuntimeClass',
  'CertificateApproval',
  'CertificateSigning',
  'ClusterTrustBundleAttest',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'PodTopologyLabels',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'ResourceQuota',
]);

/** Makes the admission chain of the plugins that the options leave on. */
@Module({})
export class AdmissionModule {
  /** @param plugins how to make {@link AdmissionPlugins} of what is in the server */
  static register(plugins: Pick<FactoryProvider<AdmissionPlugins>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: AdmissionModule,
      global: true,
      providers: [
        { provide: AdmissionPlugins, ...plugins },
        {
          provide: AdmissionChain,
          inject: [AdmissionPlugins, ServerConfig],
          useFactory: ({ all }: AdmissionPlugins, { options }: ServerConfig) =>
            new AdmissionChain(all.filter(({ name }) => isOn(name, options))),
        },
        { provide: Admission, useExisting: AdmissionChain },
      ],
      exports: [Admission, AdmissionChain],
    };
  }
}

function isOn(name: string, options: ServerConfig['options']): boolean {
  if (options.disableAdmissionPlugins.includes(name)) return false;
  return ON_BY_DEFAULT.has(name) || options.enableAdmissionPlugins.includes(name);
}
