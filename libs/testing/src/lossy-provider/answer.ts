/** An answer before the network, or the fault, has its way with it. */
export interface Answer {
  status: number
  body: string
  headers?: Record<string, string>
}

export const errorAnswer = (status: number, code: string): Answer => ({
  status,
  body: JSON.stringify({ error: { code } }),
})
