/** What kafkajs gives its encoder for one record. */
export type PlainRecord = {
  offsetDelta: number
  timestampDelta: number
  key: unknown
  value: unknown
  headers: Readonly<Record<string, unknown>>
}

/** The part of an encoder of kafkajs that is looked at when a record is put into its batch. */
export type EncodedRecord = { buf: Buffer; offset: number; readonly buffer: Buffer }

/**
 * A record of format 2 in one buffer: https://kafka.apache.org/documentation/#recordformat
 * The encoder of kafkajs takes a zeroed buffer of 512 bytes for each header and an array for each number: three times the CPU.
 * Null for what is not written here: several values of a header, timestamps of their own.
 */
export function encodeRecord(record: PlainRecord): EncodedRecord | null {
  const { key, value, offsetDelta } = record
  const headers = Object.entries(record.headers)
  if (record.timestampDelta !== 0 || !isBytes(key) || !isBytes(value) || !headers.every(isHeader)) return null
  const bodySize =
    ATTRIBUTES_AND_TIMESTAMP +
    sizeOfVarint(offsetDelta) +
    sizeOfBytes(key) +
    sizeOfBytes(value) +
    sizeOfHeaders(headers)
  const writer = createWriter(bodySize + LONGEST_VARINT)
  writer.varint(bodySize)
  writer.byte(0)
  writer.byte(0)
  writer.varint(offsetDelta)
  writer.bytes(key)
  writer.bytes(value)
  writer.varint(headers.length)
  for (const [name, content] of headers) {
    writer.bytes(name)
    writer.bytes(content)
  }
  return writer.end()
}

type Bytes = string | Buffer | null
type Header = [string, Bytes]

const LONGEST_VARINT = 5
const ATTRIBUTES_AND_TIMESTAMP = 2

const isBytes = (content: unknown): content is Bytes =>
  typeof content === 'string' || content === null || Buffer.isBuffer(content)

const isHeader = (header: [string, unknown]): header is Header => isBytes(header[1])

function sizeOfHeaders(headers: readonly Header[]): number {
  let size = sizeOfVarint(headers.length)
  for (const [name, content] of headers) size += sizeOfBytes(name) + sizeOfBytes(content)
  return size
}

/** -1, zigzagged to 1, stands for null. */
const sizeOfBytes = (bytes: Bytes) =>
  bytes === null ? 1 : sizeOfVarint(Buffer.byteLength(bytes)) + Buffer.byteLength(bytes)

function sizeOfVarint(number: number): number {
  let size = 1
  for (let rest = number << 1; rest > 0x7f; rest >>>= 7) size += 1
  return size
}

function createWriter(size: number) {
  const buf = Buffer.allocUnsafe(size)
  let offset = 0
  const varint = (number: number) => {
    let rest = number << 1
    for (; rest > 0x7f; rest >>>= 7) buf[offset++] = (rest & 0x7f) | 0x80
    buf[offset++] = rest
  }
  const byte = (value: number) => {
    buf[offset++] = value
  }
  return {
    varint,
    byte,
    bytes(bytes: Bytes) {
      if (bytes === null) return byte(1)
      varint(Buffer.byteLength(bytes))
      offset += typeof bytes === 'string' ? buf.write(bytes, offset) : bytes.copy(buf, offset)
    },
    end: (): EncodedRecord => ({ buf, offset, buffer: buf.subarray(0, offset) }),
  }
}
