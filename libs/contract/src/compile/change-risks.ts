import { parseDuration } from '../duration.ts'

type Changed = { readonly field: string; readonly before: unknown; readonly after: unknown }
type Risk = { readonly field: RegExp; readonly risk: (change: Changed) => string | null }

const always = (text: string) => () => text
const whenShorter = (text: string) => (change: Changed) => (compared(change) < 0 ? text : null)
const whenLonger = (text: string) => (change: Changed) => (compared(change) > 0 ? text : null)
const whenAdded = (text: string) => (change: Changed) => (change.before === null ? text : null)
const whenGone = (text: string) => (change: Changed) => (change.after === null ? text : null)

const NOW_KEYED =
  'calls are repeated with the same key from now on: effects double if the provider ignores it. Probe it'

const isKeyed = (repeat: unknown): boolean => repeat === 'same_answer' || repeat === 'refused'

/** The first rule that fits a field has the say. */
const RISKS: readonly Risk[] = [
  {
    field: /^provider\.repeat$/,
    risk: ({ before, after }) => {
      if (!isKeyed(after)) return 'a call in doubt is repeated only after two looks have seen nothing'
      return isKeyed(before) ? 'a repeat gets another answer: answers must read it. Probe it' : NOW_KEYED
    },
  },
  { field: /^provider\.key\.lifetime$/, risk: lifetime },
  {
    field: /^provider\.key\b/,
    risk: always(
      'the provider sees another key for the same intent: what was made under the old one is not found by the new',
    ),
  },
  {
    field: /^key\.from\b/,
    risk: always('the same intent gets another key: what was enqueued before is not recognised'),
  },
  { field: /^key\.retention$/, risk: whenShorter('a repeated enqueue is recognised for a shorter time') },
  {
    field: /^provider\.max_execution_delay$/,
    risk: whenShorter('an absence is believed sooner: a provider that acts later than that acts twice'),
  },
  {
    field: /^provider\.other_payload$/,
    risk: always('what a second payload under one key does is claimed to be another: probe it'),
  },
  { field: /^verify\.none$/, risk: whenAdded('nothing is read back any more: entries end acknowledged, never done') },
  { field: /^verify\.canary\b/, risk: whenGone('an absence is believed without proof of the right place') },
  {
    field: /^verify\..*absent\b/,
    risk: ({ after }) =>
      after === null ? null : 'something else counts as absent, and an absence leads to another call. Probe it',
  },
  { field: /^verify\..*present\b/, risk: whenGone('less is compared: finding something is not finding what was sent') },
  { field: /^verify\..*where\b/, risk: always('something else counts as ours. Probe it') },
  { field: /^verify\.settle\.(first|for)$/, risk: whenShorter('an absence is believed sooner than before') },
  {
    field: /^verify\.callback\.signature$/,
    risk: ({ after }) => (after === 'none' ? 'anybody who reaches the address can make us look earlier' : null),
  },
  { field: /^verify\.by_(key|id)\./, risk: always('it is looked for in another way. Probe it') },
  {
    field: /^answers\b.*means$/,
    risk: ({ after }) =>
      after === 'not_executed' || after === 'accepted'
        ? `an answer now means ${after}, which is believed without a look`
        : null,
  },
  {
    field: /^on_unknown$/,
    risk: ({ after }) => (after === 'reconcile' ? 'what is in doubt is no longer put before a person first' : null),
  },
  { field: /^redact\b/, risk: whenGone('a field that was hidden is shown in evidence') },
  {
    field: /^risk$/,
    risk: ({ after }) => (after === 'high' ? null : 'limits and checks for a higher risk no longer apply'),
  },
  { field: /^approval\b/, risk: whenGone('nobody is asked any more') },
  { field: /^limits\b/, risk: whenGone('calls are no longer limited') },
  { field: /^retry\.deadline$/, risk: whenLonger('calls are repeated until later') },
  { field: /^payload$/, risk: always('a payload that was accepted may be refused when it is enqueued') },
  { field: /^call\.(url|method|body)\b/, risk: always('other calls are made. Try it') },
]

export function riskOf(change: Changed): string | null {
  return RISKS.find(({ field }) => field.test(change.field))?.risk(change) ?? null
}

function lifetime(change: Changed): string {
  const difference = compared(change)
  if (difference < 0) return 'the key is trusted for a shorter time: what is in doubt reaches a person sooner'
  return 'the key is trusted for longer: a provider that forgets it sooner acts twice'
}

/** Below zero when it is shorter now. What is no duration counts as the longest. */
function compared({ before, after }: Changed): number {
  const [from, to] = [parseDuration(before), parseDuration(after)]
  return (to ?? Number.MAX_SAFE_INTEGER) - (from ?? Number.MAX_SAFE_INTEGER)
}
