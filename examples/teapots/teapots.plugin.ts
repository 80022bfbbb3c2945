import { IsIn, IsNumber, Max, Min } from 'class-validator';
import { ApiObject, ApiResource, Client, Column, Field, Plugin, type Reconcile, Reconciles } from 'kubenest';

class TeapotSpec {
  @Column()
  @IsNumber()
  @Min(0.1)
  @Max(10)
  litres!: number;

  @IsIn(['white', 'brown', 'blue'])
  glaze = 'white';
}

class TeapotStatus {
  @Column()
  cups = 0;
}

@ApiResource({ group: 'example.com', version: 'v1', shortNames: ['tp'] })
export class Teapot extends ApiObject {
  @Field() spec!: TeapotSpec;
  @Field() status?: TeapotStatus;
}

@Reconciles(Teapot)
class TeapotReconciler implements Reconcile<Teapot> {
  constructor(private readonly client: Client) {}

  async reconcile({ name, namespace }: { name: string; namespace: string }, teapot?: Teapot) {
    const cups = Math.floor((teapot?.spec.litres ?? 0) * 4);
    if (teapot === undefined || teapot.status?.cups === cups) return;
    await this.client.for(Teapot).patchStatus(name, { cups }, { namespace });
  }
}

@Plugin({ resources: [Teapot], providers: [TeapotReconciler] })
export class Teapots {}
