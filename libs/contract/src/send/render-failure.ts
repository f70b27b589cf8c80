export const RENDER_FAILURES = ['key_does_not_fit', 'value_does_not_fit', 'value_missing', 'secret_missing'] as const
export type RenderFailureCode = (typeof RENDER_FAILURES)[number]

/** Thrown while rendering and caught by `renderCall` and the looks, which return it as a value. Names no value. */
export class RenderFailure extends Error {
  readonly code: RenderFailureCode
  constructor(code: RenderFailureCode, message: string) {
    super(message)
    this.name = 'RenderFailure'
    this.code = code
  }
}

export function misfit(message: string): RenderFailure {
  return new RenderFailure('value_does_not_fit', message)
}
