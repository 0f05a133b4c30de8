/** What the page is written in, its numbers too, whatever the browser's language is. */
export const language = 'en-US';

const isLanguageTag = (given: string): boolean => {
  try {
    Intl.getCanonicalLocales(given);
    return true;
  } catch {
    return false;
  }
};

// A browser that was started without a locale says `en-US@posix`, which no formatter takes; uPlot makes one of it as it is loaded.
if (!isLanguageTag(navigator.language))
  Object.defineProperty(navigator, 'language', { value: language, configurable: true });
