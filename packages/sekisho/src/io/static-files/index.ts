/** Files that a web server gives out as they are. */
export { createStaticFiles } from './static-files.ts';
export type { StaticFiles } from './static-files.ts';
