import sax from 'sax'

/** An element under its local name: which prefix a provider writes for a namespace is its own business, and may change. */
type Element = {
  readonly name: string
  /** Most have none, and a large document has many. */
  attributes: Map<string, string> | null
  readonly children: Element[]
  text: string
}

/**
 * What a pointer has reached in a document: elements in the order of the document. A step is the local name of children (of all elements
 * reached so far), `@name` for an attribute, `#text` for the text, or a number, which takes one of the elements; `-1` is the last.
 */
export class XmlNodes {
  readonly #elements: readonly Element[]

  constructor(elements: readonly Element[]) {
    this.#elements = elements
  }

  /** Undefined where nothing is there; a list of texts, which is equal to nothing, where several attributes are. */
  step(token: string): unknown {
    if (token === '#text') return textsOf(this.#elements.map(({ text }) => text))
    if (token.startsWith('@'))
      return textsOf(this.#elements.flatMap(({ attributes }) => attributes?.get(token.slice(1)) ?? []))
    if (/^(?:-1|\d{1,9})$/.test(token)) return nodesOf(this.#elements.slice(Number(token)).slice(0, 1))
    return nodesOf(this.#childrenNamed(token))
  }

  /** One by one, also where there is only one, or none. */
  list(name: string): readonly XmlNodes[] {
    return this.#childrenNamed(name).map((element) => new XmlNodes([element]))
  }

  /** The text of one element that holds only text; anything else stays what it is, and equals no value. */
  value(): unknown {
    const [first, second] = this.#elements
    return first === undefined || second !== undefined || first.children.length > 0 ? this : first.text
  }

  #childrenNamed(name: string): Element[] {
    return this.#elements.flatMap(({ children }) => children.filter((child) => child.name === name))
  }
}

function nodesOf(elements: readonly Element[]): XmlNodes | undefined {
  return elements.length === 0 ? undefined : new XmlNodes(elements)
}

function textsOf(texts: readonly string[]): unknown {
  return texts.length > 1 ? texts : texts[0]
}

const DEPTH_MAX = 256
// Elements and attributes. Measured: some four microseconds each, so that the worst document holds up the process for less than half a second.
const NODES_MAX = 100_000

/**
 * Reads a document, or returns undefined when it is not well-formed. There are no entities but the five of XML itself and numbered
 * characters: a document that brings a DTD is not read at all, so none can name a file, or grow while it is read.
 */
export function parseXml(text: string): XmlNodes | undefined {
  const root: Element = element('')
  try {
    read(text, root)
  } catch {
    return undefined
  }
  return root.children.length === 1 ? new XmlNodes([root]) : undefined
}

// Not in the published types yet: without it the parser knows some 250 entities of HTML.
const STRICT: sax.SAXOptions & { strictEntities: true } = { strictEntities: true }

function read(text: string, root: Element): void {
  const parser = sax.parser(true, STRICT)
  const open = [root]
  const current = (): Element => open.at(-1) ?? root
  let nodes = 0
  const count = (): void => {
    nodes += 1
    if (nodes > NODES_MAX) throw new RangeError('too many elements and attributes')
  }
  parser.onerror = (error) => {
    throw error
  }
  parser.ondoctype = () => {
    throw new Error('a document type')
  }
  parser.onopentagstart = ({ name }) => {
    count()
    if (open.length > DEPTH_MAX) throw new RangeError('nested too deep')
    const child = element(localName(name))
    current().children.push(child)
    open.push(child)
  }
  parser.onattribute = ({ name, value }) => {
    count()
    const isNamespace = name === 'xmlns' || name.startsWith('xmlns:')
    if (!isNamespace) attributesOf(current()).set(localName(name), value)
  }
  parser.ontext = parser.oncdata = (part) => {
    current().text += part
  }
  parser.onclosetag = () => void open.pop()
  parser.write(text).close()
}

function element(name: string): Element {
  return { name, attributes: null, children: [], text: '' }
}

function attributesOf(of: Element): Map<string, string> {
  of.attributes ??= new Map()
  return of.attributes
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
