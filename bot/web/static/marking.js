// Finds quoted words in the text that pdf.js lays over a page. Only letters and digits count: spaces, line ends,
// hyphens, ligatures and accents are written otherwise in a PDF than in an answer.

// Where a quote is broken off by a footnote, a column or the end of the page, each piece of at least this many counts.
const SHORTEST_PIECE = 24;

/** The letters and digits of `text`, and for each of them its place in `text`. */
export function letters(text) {
  const places = [];
  let plain = "";
  let place = 0;
  for (const character of text) {
    for (const letter of character.normalize("NFKD").toLowerCase()) {
      if (!/[\p{L}\p{N}]/u.test(letter)) continue;
      plain += letter;
      for (let unit = 0; unit < letter.length; unit += 1) places.push(place);
    }
    place += character.length;
  }
  return { plain, places };
}

/** The stretches [start, end] of `text` that are `words` or long pieces of it, in the order of `words`. */
export function pieces(text, words) {
  const found = [];
  const shortest = Math.min(SHORTEST_PIECE, words.length);
  let from = 0;
  while (shortest && from + shortest <= words.length) {
    if (!text.includes(words.slice(from, from + shortest))) {
      from += 1;
      continue;
    }
    let fits = shortest;
    let tooLong = words.length - from + 1;
    while (tooLong - fits > 1) {
      const length = Math.floor((fits + tooLong) / 2);
      if (text.includes(words.slice(from, from + length))) fits = length;
      else tooLong = length;
    }
    const start = text.indexOf(words.slice(from, from + fits));
    found.push([start, start + fits]);
    from += fits;
  }
  return found;
}

/** What part of `words` stands in `text`, from 0 to 1. */
export function share(text, words) {
  const found = pieces(text, words).reduce((sum, [start, end]) => sum + end - start, 0);
  return words.length ? found / words.length : 0;
}

/** The ranges in `layer` (an element) that hold the `quotes` (texts of letters and digits). */
export function ranges(layer, quotes) {
  const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  const places = [];
  let text = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const { plain, places: within } = letters(node.data);
    text += plain;
    within.forEach((place) => places.push([node, place]));
  }
  return quotes.flatMap((quote) => pieces(text, quote)).map(([start, end]) => {
    const range = document.createRange();
    const [last, place] = places[end - 1];
    range.setStart(...places[start]);
    range.setEnd(last, place + String.fromCodePoint(last.data.codePointAt(place)).length);
    return range;
  });
}
