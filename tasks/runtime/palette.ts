/** The colours of every page, light or as the reader's system has it dark. */
export const palette = `
:root {
  color-scheme: light;
  --paper: #fcfbf8; --ink: #1f1d1a; --muted: #6a655c; --rule: #dedad1; --faint: #ece9e2;
  --blue: #1d5f92; --blue-wash: #1d5f9214; --rust: #b04a22; --rust-wash: #b04a2214;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #171614; --ink: #ebe7df; --muted: #a29c90; --rule: #3b3833; --faint: #2a2825;
    --blue: #82b8e2; --blue-wash: #82b8e21c; --rust: #e8946f; --rust-wash: #e8946f1c;
  }
}`;
