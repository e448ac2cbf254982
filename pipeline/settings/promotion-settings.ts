import { z } from 'zod';
import { setting } from '../../tasks/runtime/setting-facts.ts';
import { type Gate, gatedScores, promotions } from '../models/verdict.ts';

const number = () =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number, 0 or more')
    .transform(Number)
    .optional();

const gateSettings = Object.fromEntries(
  gatedScores.flatMap((score) => [
    [
      gateName('MIN', score),
      setting(`The least ${score} of a model that becomes champion.`, number(), { attempts: 'never' }),
    ],
    [gateName('MAX', score), setting(`The largest ${score} of one.`, number(), { attempts: 'never' })],
  ]),
);

/** Which model is to be used. */
export const promotionSettings = {
  PROMOTION: setting(
    'How a model becomes champion: by itself where it passes the gates (`auto`), by `promote` alone (`manual`), and then without a verdict (`off`).',
    z.enum(promotions, `must be ${promotions.join(', ')}`).default('auto'),
    { attempts: 'never' },
  ),
  ...gateSettings,
};

/** The gates that are set. */
export function gatesOf(settings: Readonly<Record<string, unknown>>): Gate[] {
  return gatedScores.flatMap((score) =>
    (['MIN', 'MAX'] as const).flatMap((side) => {
      const name = gateName(side, score);
      const limit = settings[name];
      return typeof limit === 'number' ? [{ name, score, isLeast: side === 'MIN', limit }] : [];
    }),
  );
}

function gateName(side: 'MIN' | 'MAX', score: string): string {
  return `GATE_${side}_${score.toUpperCase()}`;
}
