import { type Html, html } from '../../runtime/html.ts';

/** The headings of the sections as links: taken from their markup, so that none is forgotten. */
export function contents(sections: readonly Html[]): Html {
  const headings = sections.flatMap(({ text }) => [...text.matchAll(/<h2 id="([^"]+)">([^<]+)<\/h2>/g)]);
  return html`
<nav class="contents" aria-label="Contents"><ol>
${headings.map(([, id = '', title = '']) => html`<li><a href="#${id}">${title}</a></li>`)}
</ol></nav>`;
}
