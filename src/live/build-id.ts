import { invalid } from '../proof/errors.ts';

/** The characters that an id is made of; they mean nothing to HTML, JSON, URLs, shells or logs. */
const ID_CHARACTER = /[A-Za-z0-9._-]/;
export const MAX_ID_CHARACTERS = 128;
const BUILD_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const META_NAME = /^[\w.:-]{1,128}$/;

/** Whether `text` is a build id that a stamp could have written. */
export const isBuildId = (text: string): boolean => BUILD_ID.test(text);

/** Returns `text` if it is a build id. Throws `build-id`. */
export const parseBuildId = (text: string): string => {
  if (isBuildId(text)) return text;
  throw invalid(
    'build-id',
    `the build id ${shorten(text)} is not usable: give 1 to 128 of ` +
      'A-Z a-z 0-9 . _ - that begin with a letter or a digit, such as build-1767225600-1a2b3c4',
  );
};

/** Returns `text` if it can be the name of the meta element that carries the id. Throws `meta-name`. */
export const parseMetaName = (text: string): string => {
  if (META_NAME.test(text)) return text;
  throw invalid(
    'meta-name',
    `the meta name ${shorten(text)} is not usable: give 1 to 128 of A-Z a-z 0-9 . _ : - , such as x-build-id`,
  );
};

/** `build-<epoch seconds>-<short sha>`: unique, and it can be put in order. */
export const defaultBuildId = (epochMs: number, shortSha: string | undefined): string =>
  parseBuildId(`build-${Math.floor(epochMs / 1000)}-${shortSha ?? 'nogit'}`);

/** Whether the id stands in the text by itself: `build-1-abc` does not stand in `build-1-abcd`. */
export const containsBuildId = (text: string, id: string): boolean => {
  for (let at = text.indexOf(id); at !== -1; at = text.indexOf(id, at + 1)) {
    if (!ID_CHARACTER.test(text.charAt(at - 1)) && !ID_CHARACTER.test(text.charAt(at + id.length)))
      return true;
  }
  return false;
};

const shorten = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
