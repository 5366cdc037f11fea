/** A request was still waiting when its connection ended: it was never written, or was refused as a whole. */
export class ConnectionGone extends Error {
  readonly code = 'HALYARD_CONNECTION_GONE'
}
