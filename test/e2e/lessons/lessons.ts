/** What real providers do, lesson by lesson: the contract of the documentation, intents, and how each of them has to end. */
import type { LessonName } from '@readback/testing'

/** `done`, or the causes with which it may be with a person. */
export type End = 'done' | readonly string[]

export type Intent = { payload: Record<string, unknown>; ends?: End; key?: string }

export type LessonCase = {
  contract: string
  effect: string
  collection: LessonName
  intents: readonly Intent[]
  /** How many effects one entry has. Default 1. */
  each?: number
}

export const SECRETS = {
  PAYOUTS_SECRET: 'payouts-secret',
  TIMESHEETS_PASSWORD: 'robots-password',
  VAULTS_KEY: 'signing-secret',
}

const INTENTS = 5
const several = (payload: (nth: number) => Record<string, unknown>): Intent[] =>
  Array.from({ length: INTENTS }, (_, index) => ({ payload: payload(index + 1) }))
const titles = (title: string) => several((nth) => ({ title: `${title} ${nth}` }))

/** Anything that would end a value early, in a path, a query, markup or a list. */
const HOSTILE = `a/b "c" <d> & 'e' ?#%25 ]]> é`

export const LESSON_CASES: readonly LessonCase[] = [
  {
    contract: 'lesson-01-key-in-path.yaml',
    effect: 'document.put',
    collection: 'documents',
    intents: titles('A long document'),
  },
  {
    contract: 'lesson-01-key-in-query.yaml',
    effect: 'reservation.make',
    collection: 'reservations',
    intents: several((nth) => ({ room: `room ${nth}`, night: '2026-12-24' })),
  },
  {
    contract: 'lesson-02-ignored-header.yaml',
    effect: 'ticket.file',
    collection: 'tickets',
    intents: titles('Printer on fire'),
  },
  {
    contract: 'lesson-03-meaning-in-body.yaml',
    effect: 'message.post',
    collection: 'messages',
    intents: [
      ...several((nth) => ({ channel: 'news', text: `text ${nth}` })),
      { payload: { channel: 'archived', text: 'x' }, ends: ['answer_refused'] },
      { payload: { channel: 'unreadable', text: 'x' }, ends: ['answer_refused'] },
    ],
  },
  {
    contract: 'lesson-04-absent.yaml',
    effect: 'contact.add',
    collection: 'contacts',
    intents: several((nth) => ({ name: `name ${nth}` })),
  },
  {
    contract: 'lesson-05-loose-search.yaml',
    effect: 'order.place',
    collection: 'orders',
    // The key of the first is the beginning of the others.
    intents: ['', '0', '1', '10', '11'].map((end) => ({
      payload: { article: `article ${end}` },
      key: `orders-1${end}`,
    })),
  },
  {
    contract: 'lesson-06-not-as-sent.yaml',
    effect: 'person.invite',
    collection: 'people',
    intents: several((nth) => ({
      email: `Person.${nth}@Example.COM`,
      age: 20 + nth,
      note: 'longer than ten characters',
    })),
  },
  {
    contract: 'lesson-07-removed.yaml',
    effect: 'listing.publish',
    collection: 'listings',
    intents: [
      ...titles('Bicycle'),
      { payload: { title: 'spam' }, ends: ['removed'] },
      { payload: { title: 'stale' }, ends: ['removed'] },
    ],
  },
  {
    contract: 'lesson-08-failed-and-pending.yaml',
    effect: 'card.charge',
    collection: 'charges',
    intents: [
      ...several((nth) => ({ card: `card ${nth}`, amount: 10.5 + nth })),
      { payload: { card: 'declined', amount: 1 }, ends: ['answer_refused', 'failed_at_provider'] },
    ],
  },
  {
    contract: 'lesson-09-client-credentials.yaml',
    effect: 'payout.send',
    collection: 'payouts',
    intents: several((nth) => ({ amount: nth })),
  },
  {
    contract: 'lesson-09-login.yaml',
    effect: 'timesheet.book',
    collection: 'timesheets',
    intents: several((nth) => ({ amount: nth })),
  },
  {
    contract: 'lesson-09-signed.yaml',
    effect: 'vault.put',
    collection: 'vaults',
    intents: several((nth) => ({ content: `content ${nth}` })),
  },
  { contract: 'lesson-10-xml.yaml', effect: 'notice.post', collection: 'notices', intents: titles('a <b> & c') },
  { contract: 'lesson-10-form.yaml', effect: 'fax.send', collection: 'faxes', intents: titles('a=b & c+d') },
  {
    contract: 'lesson-10-text.yaml',
    effect: 'beacon.light',
    collection: 'beacons',
    intents: titles('title: of a line'),
  },
  {
    contract: 'lesson-10-calendar.yaml',
    effect: 'event.put',
    collection: 'events',
    intents: several((nth) => ({ summary: `Lunch, with a \\ and; more ${nth}`, start: '20261224T120000Z' })),
  },
  { contract: 'lesson-11-look-by-post.yaml', effect: 'case.open', collection: 'cases', intents: titles('case') },
  {
    contract: 'lesson-11-look-by-report.yaml',
    effect: 'appointment.make',
    collection: 'appointments',
    intents: titles('dentist'),
  },
  {
    contract: 'lesson-11-look-by-head.yaml',
    effect: 'object.put',
    collection: 'objects',
    intents: several((nth) => ({ content: `line ${nth}\n` })),
  },
  {
    contract: 'lesson-12-escaping.yaml',
    effect: 'label.put',
    collection: 'labels',
    intents: several((nth) => ({ shelf: `${HOSTILE} ${nth}`, title: HOSTILE })).map((intent, index) => ({
      ...intent,
      key: `labels ${HOSTILE} ${index + 1}`,
    })),
  },
  {
    contract: 'lesson-13-mail.yaml',
    effect: 'welcome.mail',
    collection: 'mails',
    intents: several((nth) => ({ to: `person-${nth}@example.org`, name: `person ${nth}` })),
  },
  {
    contract: 'lesson-14-retry-after-in-body.yaml',
    effect: 'text.send',
    collection: 'texts',
    intents: several((nth) => ({ text: `text ${nth}` })),
  },
  {
    contract: 'lesson-15-same-bytes.yaml',
    effect: 'transfer.make',
    collection: 'transfers',
    intents: several((nth) => ({ to: `account ${nth}`, amount: nth, memo: { b: 1, a: 2 } })),
  },
  {
    contract: 'rule-several-effects.yaml',
    effect: 'parcels.send',
    collection: 'parcels',
    intents: several((nth) => ({ lines: ['a', 'b', 'c'].map((to) => ({ to: `${to}${nth}` })) })),
    each: 3,
  },
  {
    contract: 'rule-two-steps.yaml',
    effect: 'file.upload',
    collection: 'uploads',
    intents: several((nth) => ({ content: `content ${nth}` })),
  },
  {
    contract: 'rule-job.yaml',
    effect: 'export.make',
    collection: 'exports',
    intents: several((nth) => ({ table: `table ${nth}` })),
  },
]
