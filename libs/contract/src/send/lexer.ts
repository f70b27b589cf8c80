import type { Escape } from './escape.ts'

/** `json`: a whole JSON value. The others: a text, escaped. */
export type Place = 'json' | Escape

/** Follows a text from part to part, and knows what a value may be at the point where it has arrived. */
export type Lexer = { read(literal: string): void; place(): PlaceOrRefusal }
export type PlaceOrRefusal = { readonly place: Place } | { readonly expected: string; readonly got: string }
