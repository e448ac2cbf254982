import { z } from 'zod';
import { wholeNumber } from '../../tasks/runtime/environment.ts';
import { setting } from '../../tasks/runtime/setting-facts.ts';
import { type Gates, gatedScores, promotions } from '../models/verdict.ts';

const limit = (form: RegExp, fault: string) => () => z.string().regex(form, fault).transform(Number).optional();
const number = limit(/^\d+(\.\d+)?$/, 'must be a number, 0 or more');
const share = limit(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1');

/** Every score is a share but this one. */
const limitOf = (score: string) => (score === 'log_loss' ? number() : share());

const gateSettings = Object.fromEntries(
  gatedScores.flatMap((score) => [
    [
      gateName('MIN', score),
      setting(`The least ${score} of a model that becomes champion.`, limitOf(score), { attempts: 'never' }),
    ],
    [gateName('MAX', score), setting(`The largest ${score} of one.`, limitOf(score), { attempts: 'never' })],
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
  GATE_MAX_DROP: setting(
    "How much less the ROC AUC of one may be than the champion's, on loans that neither was trained on.",
    share(),
    { attempts: 'never' },
  ),
  GATE_MAX_DRIFT: setting(
    "The largest PSI of a column or of the score against the champion's, where it is more than chance.",
    number(),
    { attempts: 'never' },
  ),
  GATE_MIN_ROWS: setting(
    'How many such loans there must be: of fewer no comparison is made.',
    wholeNumber(1, 1_000_000_000).default(200),
    { attempts: 'never' },
  ),
};

type PromotionSettings = z.output<z.ZodObject<typeof promotionSettings>>;

/** The gates that are set. */
export function gatesOf(settings: PromotionSettings): Gates {
  return { scores: scoreGates(settings), maxDrop: settings.GATE_MAX_DROP, maxDrift: settings.GATE_MAX_DRIFT };
}

function scoreGates(settings: Readonly<Record<string, unknown>>): Gates['scores'] {
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
