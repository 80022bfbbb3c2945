/** The client closed its connection or stream before the server was done with it: nobody's fault here, and nobody reads the answer. */
export class ClientGone extends Error {}
