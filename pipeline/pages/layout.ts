import { createHash } from 'node:crypto';
import { Html, html } from '../../tasks/runtime/html.ts';
import { shapesDefined } from './marks.ts';
import { pageStyle } from './page-style.ts';

const styleHash = createHash('sha256').update(pageStyle).digest('base64');

/** What a page may load: its own style sheet and nothing else; where it is served live, the server's script too. */
export const policies = {
  stored: `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`,
  live: `default-src 'none'; style-src 'sha256-${styleHash}'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
} as const;

export interface PageContent {
  readonly title: string;
  readonly header: Html;
  readonly controls?: Controls | undefined;
  /** Each with an id: what has changed is replaced section by section while it is served live. */
  readonly sections: readonly Html[];
  readonly footer: Html;
  /** Stored in the object store; or served, and then kept up to date or not. */
  readonly kind: 'stored' | 'live' | 'still';
}

/** What a page shows where it is served: forms, and what came of them. */
export interface Controls {
  readonly forms: Html;
  readonly started: Html;
}

/** One self-contained page. It needs no script; where it is served live, one keeps it up to date. */
export function layout({ title, header, controls, sections, footer, kind }: PageContent): string {
  const loaded = {
    stored: html`<meta http-equiv="Content-Security-Policy" content="${policies.stored}">`,
    live: html`<script src="/ui.js" defer></script>`,
    still: html``,
  };
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(pageStyle)}</style>
${loaded[kind]}
</head>
<body>
${shapesDefined}
<header id="head">
${header}
</header>
<main>
${controls ? controlsOf(controls) : html``}
${sections}
</main>
<footer id="foot">${footer}</footer>
</body>
</html>
`;
  return page.text;
}

function controlsOf({ forms, started }: Controls): Html {
  return html`<div id="forms">${forms}</div>\n<div id="started">${started}</div>`;
}

export function section(id: string, title: string, content: Html | readonly Html[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>`;
}
