/** Files that a web server gives out as they are. */
export { createStaticFiles } from './create-static-files.ts';
export type { StaticFiles } from './static-files.ts';
