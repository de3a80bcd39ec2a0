/** How a rule's answers are measured, as a form or a row has it. */
import { z } from 'zod'
import type { VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'

const MAX_UNITS = 1_000_000_000
const MAX_WEIGHT_MILLI = 1_000_000
const MAX_VALUES = 8
/** At most eight steps: what is looked for lies near the top. */
const POINTER = /^(?:\/(?:[^~/]|~0|~1){1,64}){1,8}$/

const weighted = z.strictObject({
  pointer: z.string().regex(POINTER),
  weightMilli: z.int().min(1).max(MAX_WEIGHT_MILLI),
})

export const meterSchema = z.strictObject({
  unit: z.string().regex(/^[a-z][a-z0-9]{0,15}$/),
  told: z.discriminatedUnion('from', [
    z.strictObject({ from: z.literal('header') }),
    z.strictObject({ from: z.literal('json'), values: z.array(weighted).min(1).max(MAX_VALUES) }),
  ]),
  estimate: z
    .strictObject({
      units: z.int().min(0).max(MAX_UNITS),
      asked: weighted.extend({ ceiling: z.int().min(1).max(MAX_UNITS) }).nullable(),
    })
    // A request that reserves nothing would be let in by an empty token.
    .refine(({ units, asked }) => units > 0 || asked !== null),
})

/** `null`: it says nothing that can be measured by. */
export function parseMeter(value: unknown): VolumeMeter | null {
  const parsed = meterSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}
