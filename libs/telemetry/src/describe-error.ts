export type DescribedError = { code?: string; message: string; stack?: string; cause?: DescribedError }

const MESSAGE_LENGTH_MAX = 500
const CAUSES_MAX = 5

/** Code, message and causes of an error. Never its other fields: a driver puts rows and parameters there. */
export function describeError(error: unknown, withStack: boolean, depth = 1): DescribedError {
  if (!(error instanceof Error)) return { message: shortened(String(error)) }
  const cause = depth < CAUSES_MAX ? causeOf(error) : undefined
  const described: DescribedError = { message: shortened(error.message || error.name) }
  if ('code' in error && typeof error.code === 'string') described.code = error.code
  if (withStack && error.stack) described.stack = error.stack
  if (cause !== undefined) described.cause = describeError(cause, withStack, depth + 1)
  return described
}

/** A refused connection to a host with several addresses says nothing itself; its first part does. */
const causeOf = (error: Error): unknown =>
  error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined)

const shortened = (text: string) => (text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text)
