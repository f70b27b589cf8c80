import type { Lexer, PlaceOrRefusal } from './lexer.ts'

type State = 'content' | 'tag' | 'script' | Quoted | Hidden
type Quoted = '"' | "'"
type Hidden = '<!--' | '<![CDATA[' | '<?' | '<!'

const ENDS: Readonly<Record<Quoted | Hidden, string>> = {
  '"': '"',
  "'": "'",
  '<!--': '-->',
  '<![CDATA[': ']]>',
  '<?': '?>',
  '<!': '>',
}
const OPENINGS: readonly Hidden[] = ['<!--', '<![CDATA[', '<?', '<!']
const TAG_CHARS = /["'>]/g
const SCRIPT = /^<(?:script|style)[\s>]/i

/** XML and HTML: a value may be text between tags, or a quoted attribute. Elsewhere no escaping keeps it in its place. */
export function markupLexer(): Lexer {
  let state: State = 'content'
  let tag = ''
  return {
    read(literal) {
      let at = 0
      while (at < literal.length) {
        const step = next(state, tag, literal, at)
        tag = step.tag
        state = step.state
        at = step.at
      }
    },
    place: () => placeIn(state),
  }
}

function placeIn(state: State): PlaceOrRefusal {
  if (state === 'content') return { place: 'markup' }
  if (state === '"' || state === "'") return { place: 'markup_attribute' }
  const got =
    state === 'tag'
      ? 'one inside of a tag, outside of quotes'
      : `one behind ${state === 'script' ? 'a script or style' : state}`
  return { expected: 'a value between tags or in a quoted attribute', got }
}

type Step = { readonly state: State; readonly tag: string; readonly at: number }

/** From `at` to behind the next thing that changes what a value would be. */
function next(state: State, tag: string, text: string, at: number): Step {
  if (state === 'content' || state === 'script') return opened(state, text, at)
  if (state === 'tag') return inTag(tag, text, at)
  const end = text.indexOf(ENDS[state], at)
  if (end < 0) return { state, tag, at: text.length }
  const inAttribute = state === '"' || state === "'"
  return { state: inAttribute ? 'tag' : 'content', tag, at: end + ENDS[state].length }
}

function opened(state: 'content' | 'script', text: string, at: number): Step {
  const open = text.indexOf(state === 'script' ? '</' : '<', at)
  if (open < 0) return { state, tag: '', at: text.length }
  const hidden = OPENINGS.find((opening) => text.startsWith(opening, open))
  if (hidden !== undefined) return { state: hidden, tag: '', at: open + hidden.length }
  return { state: 'tag', tag: text.slice(open, open + 8), at: open + 1 }
}

function inTag(tag: string, text: string, at: number): Step {
  TAG_CHARS.lastIndex = at
  const found = TAG_CHARS.exec(text)
  if (found === null) return { state: 'tag', tag, at: text.length }
  const [char] = found
  if (char === '"' || char === "'") return { state: char, tag, at: found.index + 1 }
  return { state: SCRIPT.test(tag) ? 'script' : 'content', tag: '', at: found.index + 1 }
}
