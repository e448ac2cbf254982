import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Html, html } from '../../../tasks/runtime/html.ts';

test('text is escaped where it is inserted, in attributes too', () => {
  const text = `<b title="x">'&'</b>`;
  assert.equal(
    html`<p title="${text}">${text}</p>`.text.split('&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;').length,
    3,
  );
});

test('markup is inserted as it stands, a list of it line by line', () => {
  const item = html`<li>${1} &amp; ${new Html('<br>')}</li>`;
  assert.equal(html`<ul>${[item, item]}</ul>`.text, '<ul><li>1 &amp; <br></li>\n<li>1 &amp; <br></li></ul>');
});

test('a dollar sign or backslash in the text stays what it is', () => {
  assert.equal(html`${'$1 \\n'}`.text, '$1 \\n');
});
