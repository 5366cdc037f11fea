/** Told under the name `hedge`. */
export type HedgeEvent =
  | {
      /** A further request is sent. */
      readonly type: 'sent'
      /** Method, origin and path. */
      readonly target: string
      /** 1 for the first further one. */
      readonly number: number
      /** Since the call's first request. */
      readonly afterMs: number
    }
  | {
      /** A call for which more than one request was sent has its outcome. */
      readonly type: 'settled'
      readonly target: string
      /** 0 for the first request, 1 for the first further one. */
      readonly winner: number
      readonly afterMs: number
    }
