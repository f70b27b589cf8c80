/**
 * What real providers do, as collections of one provider: the dataset behind docs/contracts/lesson-*.yaml, its tests, and whoever
 * wants to try a contract against a habit. The numbers are those of the lessons.
 */
import type { Behaviour } from './behaviour.ts'

interface Lesson {
  /** Of 1 to 15, or one of the rules for reading contracts. */
  lesson: number | 'rule'
  says: string
  behaviour: Behaviour
}

const SOON_MS = 300
/** Long enough to be seen by whoever looks at once, on a busy machine too. */
const SEEN_MS = 2_000

export const LESSONS = {
  documents: {
    lesson: 1,
    says: 'The client names the thing in the path; names are cut to 20 characters without a word.',
    behaviour: { kind: 'readable', repeat: 'overwrites', keyIn: 'path', keyLength: 20 },
  },
  reservations: {
    lesson: 1,
    says: 'The key is a parameter of the query, and may have digits and hexadecimal letters only.',
    behaviour: { keyIn: { query: 'request_id' }, keyCharacters: '[0-9a-f-]{36}' },
  },
  tickets: {
    lesson: 2,
    says: 'Takes an Idempotency-Key and acts on every request all the same.',
    behaviour: { kind: 'readable', keyHeader: 'x-none' },
  },
  messages: {
    lesson: 3,
    says: 'The status hardly means anything: 200 with a failure inside, 400 for what exists, 500 for ever for a bad payload.',
    behaviour: {
      repeat: 'refused',
      says: {
        created: { status: 200, body: { ok: true } },
        exists: { status: 400, body: { ok: false, error: 'already_sent' } },
        other_body: { status: 400, body: { ok: false, error: 'other_text' } },
      },
      rules: [
        {
          when: { '/channel': 'archived' },
          answers: { status: 200, body: { ok: false, error: 'is_archived' } },
          stores: 'nothing',
        },
        {
          when: { '/channel': 'unreadable' },
          answers: { status: 500, body: { ok: false, error: 'invalid_blocks' } },
          stores: 'nothing',
        },
      ],
    },
  },
  contacts: {
    lesson: 4,
    says: 'Pages of two, a search that ignores what it is asked for, and an index that lags.',
    behaviour: { kind: 'readable', search: 'ignored', pageSize: 2, indexLagMs: SOON_MS },
  },
  archives: {
    lesson: 4,
    says: 'The cursor leads to the first page, for ever.',
    behaviour: { kind: 'readable', search: 'ignored', pageSize: 2, longLists: 'restarting' },
  },
  excerpts: {
    lesson: 4,
    says: 'A list ends at its first page and says that there is no more.',
    behaviour: { kind: 'readable', search: 'ignored', pageSize: 2, longLists: 'cut' },
  },
  orders: {
    lesson: 5,
    says: 'A search for k1 also finds k10.',
    behaviour: { kind: 'readable', search: 'prefix' },
  },
  people: {
    lesson: 6,
    says: 'Shows e-mail in lower case, numbers as texts, texts cut, fields in another order and more of them.',
    behaviour: {
      shows: {
        lower: ['/email'],
        asText: ['/age'],
        cut: { '/note': 10 },
        adds: { locale: 'en' },
        reordered: true,
      },
    },
  },
  listings: {
    lesson: 7,
    says: 'What is spam leaves a tombstone at once; what is stale is seen being processed, and then not at all.',
    behaviour: {
      kind: 'readable',
      processingMs: SEEN_MS,
      rules: [
        { when: { '/title': 'spam' }, vanishes: { afterMs: 0, leaves: 'tombstone' } },
        { when: { '/title': 'stale' }, vanishes: { afterMs: SEEN_MS, leaves: 'nothing' } },
      ],
    },
  },
  charges: {
    lesson: 8,
    says: 'A declined card leaves a failed charge behind; a charge in progress shows early.',
    behaviour: {
      processingMs: SOON_MS,
      rules: [
        {
          when: { '/card': 'declined' },
          answers: { status: 402, body: { error: { code: 'card_declined' } } },
          stores: { status: 'failed' },
        },
      ],
    },
  },
  payouts: {
    lesson: 9,
    says: 'Wants a token that a client gets for its credentials and that ends soon.',
    behaviour: { auth: { oauth2_client: { id: 'payouts-client', secret: 'payouts-secret', lifetimeMs: 1_500 } } },
  },
  timesheets: {
    lesson: 9,
    says: 'Wants a token that a log-in gives and that ends soon.',
    behaviour: { auth: { login: { user: 'robot', password: 'robots-password', lifetimeMs: 1_500 } } },
  },
  vaults: {
    lesson: 9,
    says: 'Wants every request signed.',
    behaviour: {
      kind: 'readable',
      repeat: 'overwrites',
      keyIn: 'path',
      auth: { aws_sigv4: { accessKeyId: 'AKTEST', secret: 'signing-secret', region: 'eu-central-1', service: 's3' } },
    },
  },
  notices: { lesson: 10, says: 'Answers in XML.', behaviour: { format: 'xml' } },
  faxes: { lesson: 10, says: 'Takes and answers forms.', behaviour: { format: 'form' } },
  beacons: {
    lesson: 10,
    says: 'Answers in lines of text, and calls them JSON.',
    behaviour: { format: 'text', label: 'application/json' },
  },
  events: {
    lesson: 10,
    says: 'Keeps calendar entries as they came, under the name that the client chose.',
    behaviour: { kind: 'readable', repeat: 'overwrites', keyIn: 'path', format: 'raw', label: 'text/calendar' },
  },
  cases: {
    lesson: 11,
    says: 'Is searched by POST.',
    behaviour: { kind: 'readable', looksBy: 'POST' },
  },
  appointments: {
    lesson: 11,
    says: 'Is asked by REPORT, and answers in XML.',
    behaviour: { kind: 'readable', looksBy: 'REPORT', format: 'xml' },
  },
  objects: {
    lesson: 11,
    says: 'Says by HEAD which content it has, by its hash.',
    behaviour: { kind: 'readable', repeat: 'overwrites', keyIn: 'path', looksBy: 'HEAD', format: 'raw' },
  },
  labels: {
    lesson: 12,
    says: 'Is given values in its path, its query, a header and markup.',
    behaviour: { kind: 'readable', repeat: 'overwrites', keyIn: 'path', format: 'raw', label: 'application/xml' },
  },
  mails: {
    lesson: 13,
    says: 'Takes mails by SMTP, where the provider does, and shows them.',
    behaviour: { kind: 'readable' },
  },
  texts: { lesson: 14, says: 'Says in its body when to come back.', behaviour: {} },
  transfers: {
    lesson: 15,
    says: 'Compares the raw bytes of a repeat with those of the first request.',
    behaviour: { says: { other_body: { status: 422, body: { error: { code: 'payload_differs' } } } } },
  },
  parcels: {
    lesson: 'rule',
    says: 'Makes one thing for each line of a request.',
    behaviour: { kind: 'readable', splits: '/lines', pageSize: 2 },
  },
  uploads: {
    lesson: 'rule',
    says: 'Is written to by a link that has to be fetched before.',
    behaviour: { kind: 'readable', prepared: true },
  },
  exports: {
    lesson: 'rule',
    says: 'Answers 202 with the address of a job that takes its time.',
    behaviour: { processingMs: SOON_MS, says: { created: { status: 202, body: {} } } },
  },
} as const satisfies Record<string, Lesson>

export type LessonName = keyof typeof LESSONS

/** For `collections` of a lossy provider: all lessons at once. */
export const lessonCollections = (): Record<LessonName, Behaviour> =>
  Object.fromEntries(Object.entries(LESSONS).map(([name, { behaviour }]) => [name, behaviour])) as Record<
    LessonName,
    Behaviour
  >
