"""How the site answers: languages, words, prepared pages, assets, headers, errors."""
