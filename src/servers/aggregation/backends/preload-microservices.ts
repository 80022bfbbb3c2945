import * as microservices from '@nestjs/microservices';

/**
 * Nest loads all of this package when its first application is made, wherever it is installed: a third of the time that a first start takes. Who
 * imports this file has it loaded before. (The type says nothing, so that no program needs the types of every transport.)
 */
export const NEST_MICROSERVICES: object = microservices;
