import { Admission, type AdmissionRequest, type Admits, type ApiObjectLike, Plugin } from 'kubenest';

const REGISTRY = 'registry.example.com/';
const TEAM = 'example.com/team';

interface PodLike extends ApiObjectLike {
  spec: { containers: { name: string; image?: string }[] };
}

/** Pods run images of one registry only. */
@Admission({ apiVersion: 'v1', resource: 'pods' })
class ImagesOfOurRegistry implements Admits<PodLike> {
  validate({ object, denied, warn }: AdmissionRequest<PodLike>): void {
    for (const { name, image = '' } of object?.spec.containers ?? []) {
      if (!image.startsWith(REGISTRY)) throw denied(`container ${name} runs ${image}, which is not of ${REGISTRY}`);
      if (!/[:@]/.test(image)) warn(`container ${name} runs whatever is the latest ${image}`);
    }
  }
}

/** Whatever a person makes is labelled with a team, taken from the groups the person is in. */
@Admission([
  { apiVersion: 'v1', resource: 'pods' },
  { apiVersion: 'apps/v1', resource: 'deployments' },
])
class TeamLabels implements Admits {
  mutate({ object, operation, user }: AdmissionRequest): void {
    const team = user.groups.find((group) => group.startsWith('team-'));
    if (operation !== 'CREATE' || object === undefined || team === undefined) return;
    object.metadata.labels = { [TEAM]: team, ...object.metadata.labels };
  }
}

@Plugin({ providers: [ImagesOfOurRegistry, TeamLabels] })
export class ImagePolicy {}
