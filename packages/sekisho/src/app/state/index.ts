/** Where each role keeps its files, who may be there, and how others read them. */
export {
  controlSocketOf,
  datagramSocketOf,
  lockFileOf,
  placeOf,
  type PlaceSettings,
  type Role,
  type RolePlace,
} from './role-place.ts';
export { findStore, openFound, openToRead } from './open-to-read.ts';
