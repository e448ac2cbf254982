import type { Plugin } from 'esbuild';

/** zod speaks fifty languages, and says nothing here that is not ours: 300 kB, and a tenth of the time to the first line. */
export const withoutLocales: Plugin = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: '' }));
  },
};
