import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { answers, GOOD, head, ok, says } from './notes.ts'
import { both, drips, hangsUp, type OutcomeGroup, pours, row, saysAndCloses, saysNothing } from './outcome-row.ts'

const OK = head('HTTP/1.1 200 OK')
const CHUNKED = head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')
const SLOW = { timeout: '2s' }
// Long enough for something to have come or gone before it ends, also while other rows keep the machine busy.
const SLOWER = { timeout: '5s' }
const SECURE = { url: (port: number) => `https://127.0.0.1:${port}` }
const HUGE = { payload: JSON.stringify({ text: 'x'.repeat(8_000_000) }) }

export const NOT_SENT: OutcomeGroup = {
  title: 'Nothing has left: the payload, the key or the secret does not fit, or the guard forbids the address',
  rows: [
    row(
      'would get a payload that breaks its schema',
      saysNothing,
      'blocked no validation_failure payload_does_not_fit person',
      {
        how: { entry: { payload: '{"txt":"a"}' } },
      },
    ),
    row(
      'would get a key that is too long for it',
      saysNothing,
      'blocked no validation_failure key_does_not_fit person',
      {
        how: { entry: { key: 'k'.repeat(21) } },
      },
    ),
    row(
      'would get a key that breaks out of its header',
      saysNothing,
      'blocked no validation_failure key_does_not_fit person',
      {
        how: { entry: { key: 'a\r\nb: c' } },
      },
    ),
    row(
      'needs a secret that this process does not have',
      saysNothing,
      'blocked no retryable_failure secret_missing call_again',
      {
        how: { secret: '' },
      },
    ),
    row('is at an address that is not allowed', saysNothing, 'blocked no permission_denied egress_denied person', {
      how: { allow: '10.0.0.0/8' },
    }),
    row(
      'has a name that leads to an address that is not allowed',
      saysNothing,
      'blocked no permission_denied egress_denied person',
      {
        how: { allow: '10.0.0.0/8', url: (port) => `https://localhost:${port}` },
      },
    ),
  ],
}

export const NOT_CONNECTED: OutcomeGroup = {
  title: 'Nothing has left: there is no connection',
  rows: [
    row('has a name that does not exist', saysNothing, 'dns no retryable_failure ENOTFOUND|EAI_AGAIN call_again', {
      how: { allow: 'nowhere.invalid', url: () => 'http://nowhere.invalid' },
    }),
    row('is not there: its port is closed', saysNothing, 'connect no retryable_failure ECONNREFUSED call_again', {
      how: { url: () => 'http://127.0.0.1:1' },
    }),
    row(
      'shows a certificate that nobody trusts',
      saysNothing,
      'tls no retryable_failure DEPTH_ZERO_SELF_SIGNED_CERT call_again',
      {
        how: { ...SECURE, tls: true },
      },
    ),
    row(
      'speaks no TLS',
      answers(400),
      'tls no retryable_failure ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG call_again',
      {
        how: SECURE,
      },
    ),
    row('hangs up amid the TLS handshake', hangsUp, 'tls no retryable_failure ECONNRESET call_again', { how: SECURE }),
    row('never answers the TLS handshake', saysNothing, 'tls no retryable_failure deadline call_again', {
      how: { ...SECURE, ...SLOW },
    }),
  ],
}

export const NO_ANSWER: OutcomeGroup = {
  title: 'The request has left, or some of it, and no answer came',
  rows: [
    row(
      'stops reading amid the request',
      (socket) => socket.pause(),
      'request some side_effect_unknown deadline look',
      {
        how: { ...SLOWER, entry: HUGE },
      },
    ),
    row(
      'resets the connection amid the request',
      (socket) => void socket.resetAndDestroy(),
      'request some side_effect_unknown EPIPE|ECONNRESET|UND_ERR_SOCKET look',
      {
        how: { entry: HUGE },
      },
    ),
    both(
      'resets the connection after the request',
      (socket) => void socket.resetAndDestroy(),
      'sent all side_effect_unknown ECONNRESET look',
      'inconclusive ECONNRESET',
    ),
    both(
      'closes the connection after the request',
      (socket) => void socket.end(),
      'sent all side_effect_unknown UND_ERR_SOCKET look',
      'inconclusive UND_ERR_SOCKET',
    ),
    row('says nothing', saysNothing, 'sent all side_effect_unknown deadline look', {
      look: 'inconclusive deadline',
      how: SLOW,
    }),
    both(
      'hangs up after one byte',
      saysAndCloses('H'),
      'response all side_effect_unknown UND_ERR_SOCKET look',
      'inconclusive UND_ERR_SOCKET',
    ),
    both(
      'hangs up amid its headers',
      saysAndCloses('HTTP/1.1 200 OK\r\ncontent-'),
      'response all side_effect_unknown UND_ERR_SOCKET look',
      'inconclusive UND_ERR_SOCKET',
    ),
    row('drips its headers', drips('HTTP/1.1 200 OK\r\nx: ', 'y'), 'response all side_effect_unknown deadline look', {
      look: 'inconclusive deadline',
      how: SLOWER,
    }),
    both(
      'never ends its headers',
      pours('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n'.repeat(1_000)),
      'response all side_effect_unknown UND_ERR_HEADERS_OVERFLOW look',
      'inconclusive UND_ERR_HEADERS_OVERFLOW',
    ),
    both(
      'has one endless header',
      pours('HTTP/1.1 200 OK\r\nx: ', 'y'.repeat(65_536)),
      'response all side_effect_unknown UND_ERR_HEADERS_OVERFLOW look',
      'inconclusive UND_ERR_HEADERS_OVERFLOW',
    ),
    both(
      'says "early hints" for ever',
      pours('', head('HTTP/1.1 103 Early Hints', 'link: </a>').repeat(100)),
      'response all side_effect_unknown too_many_interim look',
      'inconclusive too_many_interim',
    ),
    both(
      'says "continue" to what did not ask',
      says(Buffer.concat([Buffer.from(head('HTTP/1.1 100 Continue')), ok(GOOD)])),
      'response all side_effect_unknown UND_ERR_SOCKET look',
      'inconclusive UND_ERR_SOCKET',
    ),
    both(
      'changes the protocol',
      says(head('HTTP/1.1 101 Switching Protocols', 'upgrade: h2c', 'connection: upgrade')),
      'response all side_effect_unknown UND_ERR_SOCKET look',
      'inconclusive UND_ERR_SOCKET',
    ),
    both(
      'speaks another protocol',
      says('220 mail.example ESMTP\r\n'),
      'response all side_effect_unknown HTTPParserError look',
      'inconclusive HTTPParserError',
    ),
    both(
      'gives two lengths',
      says(`${head('HTTP/1.1 200 OK', 'content-length: 2', 'content-length: 47')}${GOOD}`),
      'response all side_effect_unknown UND_ERR_RES_CONTENT_LENGTH_MISMATCH look',
      'inconclusive UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    ),
    both(
      'gives a length and chunks',
      says(`${head('HTTP/1.1 200 OK', 'content-length: 2', 'transfer-encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`),
      'response all side_effect_unknown UND_ERR_RES_CONTENT_LENGTH_MISMATCH look',
      'inconclusive UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    ),
    both(
      'gives a length that is none',
      says(`${head('HTTP/1.1 200 OK', 'content-length: -1')}${GOOD}`),
      'response all side_effect_unknown HTTPParserError look',
      'inconclusive HTTPParserError',
    ),
    both(
      'puts a zero into a header',
      says(ok(GOOD, 'x-a: b\0c')),
      'response all side_effect_unknown UND_ERR_RES_CONTENT_LENGTH_MISMATCH look',
      'inconclusive UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    ),
  ],
}

const BOMB = Buffer.alloc(20_000_000, '[')
const CUT = 'response all side_effect_unknown truncated look'
const CUT_LOOK = 'inconclusive look_truncated'

export const CUT_ANSWER: OutcomeGroup = {
  title: 'The answer is cut, or cannot be read to its end',
  rows: [
    both(
      'promises more than it sends',
      saysAndCloses(`${head('HTTP/1.1 200 OK', 'content-length: 1000')}${GOOD}`),
      CUT,
      CUT_LOOK,
    ),
    both('ends without the last chunk', saysAndCloses(`${CHUNKED}2\r\n{}\r\n`), CUT, CUT_LOOK),
    both('sends chunks that are none', says(`${CHUNKED}zz\r\n${GOOD}\r\n0\r\n\r\n`), CUT, CUT_LOOK),
    both('never ends its body', pours(OK, 'x'.repeat(65_536)), CUT, CUT_LOOK),
    both('never ends its trailers', pours(`${CHUNKED}0\r\n`, 'x-a: b\r\n'.repeat(1_000)), CUT, CUT_LOOK),
    row('drips a byte now and then', drips(OK, '['), CUT, { look: CUT_LOOK, how: SLOWER }),
    both(
      'answers 204 with a body',
      says(`${head('HTTP/1.1 204 No Content', 'content-length: 5')}hello`),
      CUT,
      CUT_LOOK,
    ),
    both('sends a bomb of gzip', says(ok(gzipSync(BOMB), 'content-encoding: gzip')), CUT, CUT_LOOK),
    both('sends a bomb of brotli', says(ok(brotliCompressSync(BOMB), 'content-encoding: br')), CUT, CUT_LOOK),
    both('sends a bomb of deflate', says(ok(deflateSync(BOMB), 'content-encoding: deflate')), CUT, CUT_LOOK),
    both('compresses twice', says(ok(gzipSync(gzipSync(GOOD)), 'content-encoding: gzip, gzip')), CUT, CUT_LOOK),
    both('calls plain text gzip', says(ok(GOOD, 'content-encoding: gzip')), CUT, CUT_LOOK),
    both('cuts its gzip short', says(ok(gzipSync(GOOD).subarray(0, 30), 'content-encoding: gzip')), CUT, CUT_LOOK),
    row(
      'cuts an answer of which the contract says that it proves nothing was done',
      saysAndCloses(`${head('HTTP/1.1 503 X', 'content-length: 1000')}{`),
      'response all retryable_failure answer_not_executed call_again',
      {
        how: { more: 'answers: [{ status: 503, means: not_executed }]' },
      },
    ),
    row(
      'cuts an answer of which the contract says that it means success',
      saysAndCloses(`${head('HTTP/1.1 409 X', 'content-length: 1000')}{`),
      CUT,
      {
        how: { more: 'answers: [{ status: 409, means: accepted }]' },
      },
    ),
  ],
}

const GOOD_CALL = 'complete all success http_200 read_back'
const SEEN = 'present present'

export const ODD_ANSWER: OutcomeGroup = {
  title: 'The answer came whole, however oddly',
  rows: [
    both('answers well', says(ok(GOOD)), GOOD_CALL, SEEN),
    both('answers in HTTP/1.0 until it closes', saysAndCloses(`${head('HTTP/1.0 200 OK')}${GOOD}`), GOOD_CALL, SEEN),
    both(
      'answers in HTTP/1.0 and cuts itself off',
      saysAndCloses(`${head('HTTP/1.0 200 OK')}${GOOD.slice(0, 20)}`),
      GOOD_CALL,
      'inconclusive look_not_json',
    ),
    both(
      'says "processing" before it answers',
      says(Buffer.concat([Buffer.from(head('HTTP/1.1 102 Processing').repeat(3)), ok(GOOD)])),
      GOOD_CALL,
      SEEN,
    ),
    both(
      'offers another protocol beside its answer',
      says(ok(GOOD, 'upgrade: h2c', 'connection: upgrade')),
      GOOD_CALL,
      SEEN,
    ),
    both('compresses, though it was asked not to', says(ok(gzipSync(GOOD), 'content-encoding: gzip')), GOOD_CALL, SEEN),
    both('compresses with brotli', says(ok(brotliCompressSync(GOOD), 'content-encoding: BR')), GOOD_CALL, SEEN),
    both('compresses with deflate', says(ok(deflateSync(GOOD), 'content-encoding: deflate')), GOOD_CALL, SEEN),
    both(
      'compresses with deflate, without the wrapper',
      says(ok(deflateRawSync(GOOD), 'content-encoding: deflate')),
      GOOD_CALL,
      SEEN,
    ),
    both('calls JSON a picture', says(ok(GOOD, 'content-type: image/png')), GOOD_CALL, SEEN),
    both(
      'writes in Latin-1, and says so',
      says(ok(Buffer.from(GOOD, 'latin1'), 'content-type: application/json; charset=ISO-8859-1')),
      GOOD_CALL,
      SEEN,
    ),
    both(
      'writes in a charset that nobody knows',
      says(ok(GOOD, 'content-type: application/json; charset=klingon')),
      GOOD_CALL,
      SEEN,
    ),
    both(
      'answers with a page for people',
      says(ok('<html>OK</html>', 'content-type: application/json')),
      GOOD_CALL,
      'inconclusive look_not_json',
    ),
    both('answers with nothing', says(ok('')), GOOD_CALL, 'inconclusive look_not_json'),
    both(
      'sends more than it promised',
      says(`${head('HTTP/1.1 200 OK', 'content-length: 2')}{}${GOOD}`),
      GOOD_CALL,
      'inconclusive look_without_list',
    ),
    both('sends a second answer behind the first', says(Buffer.concat([ok(GOOD), ok('{}')])), GOOD_CALL, SEEN),
    both(
      'names its headers after our own parts',
      says(ok(GOOD, '__proto__: x', 'constructor: y', 'toString: z')),
      GOOD_CALL,
      SEEN,
    ),
    both('answers a list in a list in a list', says(ok('['.repeat(40_000))), GOOD_CALL, 'inconclusive look_not_json'),
  ],
}
