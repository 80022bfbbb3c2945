import { IsIn, IsInt, IsOptional, IsString, Matches, Min } from 'class-validator';
import { ApiObject, ApiResource, Column, Conversion, type Converts, Field, Plugin } from 'kubenest';

/** The first version: a boat's length is a text, `12 m` or `40 ft`. */
class BoatSpecV1 {
  @Column() @Matches(/^[1-9][0-9]* (m|ft)$/) length!: string;
  @IsOptional() @IsString() captain?: string;
}

@ApiResource({ group: 'sea.example.com', version: 'v1', kind: 'Boat', deprecated: true })
export class BoatV1 extends ApiObject {
  @Field() spec!: BoatSpecV1;
}

/** The second: a number and a unit, and a crew of which the first is the captain. */
class BoatSpecV2 {
  @Column({ type: 'integer' }) @IsInt() @Min(1) length!: number;
  @IsIn(['m', 'ft']) unit = 'm';
  @IsOptional() @IsString({ each: true }) crew?: string[];
}

@ApiResource({ group: 'sea.example.com', version: 'v2', kind: 'Boat', storage: true })
export class BoatV2 extends ApiObject {
  @Field() spec!: BoatSpecV2;
}

/** Keeps what v1 cannot say through a round trip: the crew but for the captain. */
const CREW = 'sea.example.com/crew';

@Conversion(BoatV1, BoatV2)
class BoatConversion implements Converts<BoatV1, BoatV2> {
  convert({ metadata, spec }: BoatV1): BoatV2 {
    const [length, unit = 'm'] = spec.length.split(' ');
    const { [CREW]: others, ...annotations } = metadata.annotations ?? {};
    const crew = [...(spec.captain === undefined ? [] : [spec.captain]), ...(others?.split(',') ?? [])];
    return {
      metadata: { ...metadata, annotations },
      spec: { length: Number(length), unit, ...(crew.length > 0 && { crew }) },
    };
  }

  convertBack({ metadata, spec }: BoatV2): BoatV1 {
    const [captain, ...others] = spec.crew ?? [];
    const annotations = { ...metadata.annotations, ...(others.length > 0 && { [CREW]: others.join(',') }) };
    return {
      metadata: { ...metadata, annotations },
      spec: { length: `${spec.length} ${spec.unit}`, ...(captain !== undefined && { captain }) },
    };
  }
}

@Plugin({ resources: [BoatV1, BoatV2], providers: [BoatConversion] })
export class Boats {}
