import { type Html, html } from '../../runtime/html.ts';

/** Numbers as large as they are important: name, value, and what it means. */
export function numberList(numbers: readonly (readonly [name: string, value: string, meaning: string])[]): Html {
  return html`<dl class="scores figures">
${numbers.map(
  ([name, value, meaning]) =>
    html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="note">${meaning}</dd></div>`,
)}
</dl>`;
}
