import { wrap } from '../../tasks/runtime/wrap.ts';
import type { RunCost, Usage } from '../monitoring/cost.ts';

/** What an always-on system would have cost between two runs. */
export interface AlwaysOn {
  readonly usdPerDay: number | undefined;
  readonly days: number;
}

/** What a run asked for and, where prices are known, about how much that is. */
export function costText(
  { byPlacement, wasted, total }: RunCost,
  { usdPerDay, days }: AlwaysOn,
  width: number,
): string {
  const parts = Object.entries(byPlacement)
    .filter(([, { vcpuSeconds }]) => vcpuSeconds > 0)
    .map(([placement, usage]) => `${usageText(usage)} ${placement}`);
  if (parts.length === 0) return '';
  const lost = wasted.vcpuSeconds > 0 ? `; of it ${usageText(wasted)} by attempts that did not succeed` : '';
  const always = usdPerDay === undefined ? '' : `; always on: ${(usdPerDay * days).toFixed(2)} USD in ${days} days`;
  const money = total.usd === null ? '' : `estimated ${usdText(total.usd)}${always} (requests are not bills)`;
  return [`asked for ${parts.join(', ')}${lost}`, money].map((line) => (line ? wrap(line, width, '') : '')).join('');
}

function usdText(usd: number): string {
  return usd > 0 && usd < 0.0001 ? 'less than 0.0001 USD' : `${usd.toFixed(4)} USD`;
}

function usageText({ vcpuSeconds, gibSeconds }: Usage): string {
  return `${vcpuSeconds.toFixed(1)} vCPU-s and ${gibSeconds.toFixed(1)} GiB-s`;
}
