import type { ServerResponse } from 'node:http';
import { pipeline as pipe } from 'node:stream/promises';
import { type Html, html } from '../../tasks/runtime/html.ts';
import { layout, policies } from '../pages/layout.ts';
import { type Action, actionFields } from './actions.ts';

/** What a path is answered with. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | AsyncIterable<Uint8Array>;
  readonly policy?: string;
  readonly location?: string;
}

export const htmlType = 'text/html; charset=utf-8';
/** Pages of tasks style themselves, and may do nothing else. */
export const artifactPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function page(body: string): Answer {
  return { status: 200, type: htmlType, body, policy: policies.live };
}

export function failure(status: number, title: string, text: string): Answer {
  return { ...page(plainPage(title, html`<p class="lede">${text}</p>`)), status };
}

function plainPage(title: string, content: Html): string {
  const header = html`<nav aria-label="Pages"><a href="/index.html">All runs</a></nav><h1>${title}</h1>${content}`;
  return layout({ title, header, sections: [], footer: html``, kind: 'still' });
}

export function confirmPage(action: Action, fields: URLSearchParams, token: Html): string {
  const hidden = actionFields
    .filter((name) => fields.has(name))
    .map((name) => html`<input type="hidden" name="${name}" value="${fields.get(name) ?? ''}">`);
  return plainPage(
    action.title,
    html`<p class="lede">${action.consequence}</p>
<p><code>${action.commands.map((words) => `npx pipeline ${words.join(' ')}`).join(' && ')}</code></p>
<form action="/actions" method="post">${hidden}${token}<button autofocus>Do it</button></form>
<a href="${action.page}">Leave it</a>`,
  );
}

export function hiddenToken(token: string): Html {
  return html`<input type="hidden" name="token" value="${token}">`;
}

export const askedToken = html`<label>UI_TOKEN <input type="password" name="token" required autocomplete="off"></label>`;

export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { status, type, body, policy = "default-src 'none'", location } = answer;
  response.writeHead(status, {
    'content-type': type,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(location !== undefined && { location }),
  });
  if (typeof body === 'string') response.end(body);
  else await pipe(body, response);
}
