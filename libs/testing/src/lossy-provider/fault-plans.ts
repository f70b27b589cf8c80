/** The named plans: one dataset for tests, the demo and the documentation. */
import type { FaultPlan } from './fault-plan.ts'

interface NamedPlan {
  says: string
  plan: FaultPlan
}

export const FAULT_PLANS = {
  clean: { says: 'Nothing goes wrong.', plan: {} },
  'first-reply-lost': {
    says: 'The first answer for every key is lost after the effect was made.',
    plan: { writes: { everyKey: ['reply-lost'] } },
  },
  'lost-replies': {
    says: 'A third of the answers is lost after the effect was made.',
    plan: { writes: { weights: { 'reply-lost': 0.33 } } },
  },
  'empty-promises': {
    says: 'Every write is answered 201, and nothing is ever kept.',
    plan: { writes: { weights: { dropped: 1 } } },
  },
  drops: {
    says: 'A fifth of the writes is answered 201 and not kept.',
    plan: { writes: { weights: { dropped: 0.2 } } },
  },
  late: {
    says: 'Half of the writes is done only after the caller has given up.',
    plan: { writes: { weights: { 'applied-late': 0.5 } } },
  },
  'shown-late': {
    says: 'What was done is seen only after a while.',
    plan: { writes: { weights: { 'shown-late': 1 } } },
  },
  'blind-looks': {
    says: 'The first two looks for every key find nothing, or fail.',
    plan: { looks: { everyKey: ['not-shown', 'unavailable'] } },
  },
  doubled: {
    says: 'A tenth of the writes is done twice by the provider.',
    plan: { writes: { weights: { 'applied-twice': 0.1 } } },
  },
  altered: {
    says: 'A tenth of the writes is stored with other figures.',
    plan: { writes: { weights: { 'stored-other': 0.1 } } },
  },
  throttled: {
    says: 'A third of the writes is refused by the rate limit, in each form of Retry-After.',
    plan: {
      writes: {
        everyKey: [{ name: 'rate-limited', retryAfter: { as: 'http-date', ms: 1_000 } }],
        weights: { 'rate-limited': 0.33 },
      },
    },
  },
  'failing-half-way': {
    says: 'Errors before and after the effect was made: a 500 proves nothing.',
    plan: { writes: { weights: { 'error-before': 0.15, 'error-after': 0.15, 'reset-before': 0.1, unavailable: 0.1 } } },
  },
  poisoned: {
    says: 'The first answer for every key is a 500 that a keyed provider then repeats.',
    plan: { writes: { everyKey: ['replayed-500'] } },
  },
  'hostile-answers': {
    says: 'Answers that do harm to a careless reader.',
    plan: {
      writes: {
        weights: { truncated: 0.1, drip: 0.1, huge: 0.05, malformed: 0.1, redirect: 0.1, bomb: 0.05 },
      },
      looks: { weights: { truncated: 0.05, malformed: 0.05, redirect: 0.05, bomb: 0.02, huge: 0.02 } },
    },
  },
  everything: {
    says: 'A bad day: most of the above, on writes and on looks.',
    plan: {
      writes: {
        weights: {
          'reply-lost': 0.1,
          dropped: 0.05,
          'applied-late': 0.05,
          'shown-late': 0.1,
          'error-before': 0.05,
          'error-after': 0.05,
          'reset-before': 0.05,
          'rate-limited': 0.05,
          unavailable: 0.05,
          truncated: 0.03,
          malformed: 0.03,
        },
      },
      looks: { weights: { 'reply-lost': 0.05, unavailable: 0.05, 'rate-limited': 0.03, malformed: 0.02 } },
    },
  },
} as const satisfies Record<string, NamedPlan>

export type FaultPlanName = keyof typeof FAULT_PLANS

export const isFaultPlanName = (name: string): name is FaultPlanName => Object.hasOwn(FAULT_PLANS, name)
