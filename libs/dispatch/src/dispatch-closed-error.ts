export class DispatchClosedError extends Error {
  override readonly name = 'DispatchClosedError'
  readonly code = 'DISPATCH_CLOSED'

  constructor() {
    super('The dispatch is closed: nothing can be published or consumed any more.')
  }
}
