/**
 * The script of a live page, for browsers: whenever the server reports a change it fetches the page again and replaces the
 * parts that differ. What is open, focused or scrolled stays so. A page whose server went away says so, and catches up
 * once it is back.
 */
export const uiScript = `'use strict';
const notice = document.createElement('p');
notice.className = 'note';
notice.setAttribute('role', 'status');
document.getElementById('foot').append(notice);

const parts = (root) => [...root.querySelectorAll('#head, main > [id], #foot')];

function replace(before, after) {
  if (before.id === 'foot') {
    before.firstChild.textContent = after.firstChild.textContent;
    return;
  }
  const open = new Set([...before.querySelectorAll('details[open]')].map(({ id }) => id));
  const scrolled = new Map([...before.querySelectorAll('details pre')].map((pre) => [pre.parentElement.id, pre]));
  for (const details of after.querySelectorAll('details')) details.open = open.has(details.id);
  before.replaceWith(after);
  for (const pre of after.querySelectorAll('details[open] pre')) {
    const old = scrolled.get(pre.parentElement.id);
    const wasAtEnd = old && old.dataset.top === undefined;
    pre.scrollTop = wasAtEnd ? pre.scrollHeight : Number(old?.dataset.top ?? 0);
    if (old?.dataset.top !== undefined) pre.dataset.top = old.dataset.top;
  }
}

/** How to find the focused element again: by its place among those of its part that can have the focus. */
function focusOf() {
  const part = parts(document).find((candidate) => candidate.contains(document.activeElement));
  if (!part) return () => {};
  const focusable = (root) => [...root.querySelectorAll('a, button, input, summary, [tabindex]')];
  const place = focusable(part).indexOf(document.activeElement);
  return () => {
    const now = document.getElementById(part.id);
    const wanted = now && focusable(now)[place];
    if (wanted && wanted !== document.activeElement) wanted.focus({ preventScroll: true });
  };
}

/** Sections that came or went. */
function arrange(fresh) {
  const ids = (root) => [...root.querySelectorAll('main > [id]')].map(({ id }) => id);
  const wanted = ids(fresh);
  const standing = ids(document);
  if (standing.join() === wanted.join()) return;
  for (const id of standing) if (!wanted.includes(id)) document.getElementById(id).remove();
  const main = document.querySelector('main');
  for (const id of wanted) main.append(document.getElementById(id) ?? document.importNode(fresh.getElementById(id), true));
}

async function update() {
  const answer = await fetch(location.href, { cache: 'no-store' });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const refocus = focusOf();
  document.title = fresh.title;
  arrange(fresh);
  for (const after of parts(fresh)) {
    const before = document.getElementById(after.id);
    if (before.outerHTML !== after.outerHTML) replace(before, document.adoptNode(after));
  }
  refocus();
}

document.addEventListener('scroll', ({ target }) => {
  if (!(target instanceof HTMLPreElement)) return;
  const isAtEnd = target.scrollTop + target.clientHeight >= target.scrollHeight - 4;
  if (isAtEnd) delete target.dataset.top;
  else target.dataset.top = target.scrollTop;
}, true);

let updating = Promise.resolve();
const later = () => { updating = updating.then(update).catch(() => {}); };
const events = new EventSource('/events' + location.pathname);
events.addEventListener('open', () => { notice.textContent = 'Live.'; later(); });
events.addEventListener('change', later);
events.addEventListener('error', () => { notice.textContent = 'The server does not answer; trying again.'; });
`;
