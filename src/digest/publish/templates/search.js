"use strict";
// Searches the stories of all editions on this page, without a server: see publish/search.py for
// the files, publish/words.py for what a word is, and publish/postings.py for how stories are listed.
{
  const SHARDS = 64, AT_ONCE = 10, PAUSE = 120;
  const UNSPACED = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff" +
    "\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
  const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+/g;
  const WORD = new RegExp(
    `((?:(?=[${UNSPACED}])[\\p{L}\\p{N}\\p{M}])+)|(?:(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}])+`, "gu");
  const BEGINS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u");
  const BEGINS_DENSE = new RegExp(`^[${UNSPACED}\\uac00-\\ud7a3]`, "u");
  const LETTERS = { "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d",
    "þ": "th", "ı": "i", "ς": "σ" };
  const DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

  const fold = (text) => text.normalize("NFKD").replace(ACCENTS, "").normalize("NFC").toLowerCase()
    .replace(/[ßæœøłđðþıς]/g, (letter) => LETTERS[letter]);

  /** The words of a text; of a run without spaces every two neighbours, and the last by itself. */
  const words = (text) => [...fold(text).matchAll(WORD)].flatMap(([word, run]) => {
    const letters = [...(run ?? "")];
    return run ? letters.map((letter, at) => letter + (letters[at + 1] ?? "")) : [word];
  });

  const shard = (word) => [...word].slice(0, BEGINS_DENSE.test(word) ? 1 : 3)
    .reduce((number, letter) => (number * 31 + letter.codePointAt(0)) % SHARDS, 0);

  /** A question's words, and whether each may be the beginning of a longer one. */
  const asked = (text) => {
    const found = words(text);
    const finished = /\s$/u.test(text);
    return found.flatMap((word, at) => {
      const last = at === found.length - 1;
      if (BEGINS_UNSPACED.test(word)) {
        // The last character of a run is told already by the two before it.
        const alone = [...word].length === 1;
        const told = alone && at > 0 && found[at - 1].endsWith(word);
        return told ? [] : [{ word, open: alone }];
      }
      // Korean puts its particles behind a word without a space.
      const open = BEGINS_DENSE.test(word) || (last && !finished && [...word].length > 2);
      return [{ word, open }];
    });
  };

  const decode = (text) => {
    const numbers = [];
    let number = 0, shift = 0;
    for (const digit of text) {
      const value = VALUES.get(digit);
      number += (value & 31) << shift;
      shift = value & 32 ? shift + 5 : 0;
      if (!shift) numbers.push(number);
    }
    return numbers;
  };

  const form = document.getElementById("search");
  const field = document.getElementById("question");
  const status = document.getElementById("found");
  const results = document.getElementById("results");
  const list = results.querySelector("ol");
  const more = document.getElementById("more");
  const everything = document.getElementById("everything");
  const stamp = form.dataset.stamp;

  // Stories are numbered through the editions, the oldest first, as if this list were read upwards.
  let stories = 0;
  const editions = [...everything.querySelectorAll("li")].reverse().map((item) => {
    const link = item.querySelector("a");
    const edition = { first: stories, folder: link.getAttribute("href").replace(/digest\.html$/, ""), link };
    stories += Number(item.dataset.stories);
    return edition;
  });
  const editionOf = (number) => {
    let low = 0, high = editions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (editions[middle].first <= number) low = middle;
      else high = middle - 1;
    }
    return editions[low];
  };

  // A page from a disk may not fetch, but it may run scripts: each hands over its data.
  const handed = new WeakMap();
  window.archive = (...data) => handed.set(document.currentScript, data);
  const loads = new Map();
  const load = (name) => {
    if (!loads.has(name)) {
      loads.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `search/${name}.js?${stamp}`;
        script.onload = () => {
          script.remove();
          resolve(handed.get(script));
        };
        script.onerror = () => {
          script.remove();
          loads.delete(name);
          reject(new Error("The search index cannot be read. Load this page again."));
        };
        document.head.append(script);
      }));
    }
    return loads.get(name);
  };

  /** The numbers of the stories that say a word, or one that begins with it. */
  const saying = async ({ word, open }) => {
    const [bears, lines] = await load(shard(word));
    if (bears !== stamp) {
      throw new Error("There is something new in the archive. Load this page again to search it.");
    }
    const found = new Set();
    const text = `\n${lines}`, start = `\n${word}${open ? "" : " "}`;
    for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
      const line = text.slice(at + 1, text.indexOf("\n", at + 1));
      decode(line.slice(line.indexOf(" ") + 1)).forEach((number) => found.add(number));
    }
    return found;
  };

  /** The numbers of the stories that say every word, the newest edition first. */
  const find = async (question) => {
    const [first, ...others] = await Promise.all(question.map(saying));
    const all = [...first].filter((number) => others.every((found) => found.has(number)));
    const placed = all.map((number) => ({ number, edition: editionOf(number) }));
    return placed.sort((a, b) => b.edition.first - a.edition.first || a.number - b.number);
  };

  const element = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => value && made.setAttribute(name, value));
    made.append(text);
    return made;
  };

  const says = (sentence, question) => words(sentence).some((said) =>
    question.some(({ word, open }) => (open ? said.startsWith(word) : said === word)));

  /** A story as a result: its headline, the first sentence that says a word, where it stands. */
  const result = ({ number, edition }, [told], question) => {
    const [key, headline, lang, dir, sentences] = told[number - edition.first];
    const item = element("li", element("a", headline, {
      href: `${edition.folder}digest.html#story-${key}`, lang, dir }));
    const quote = sentences.find((sentence) => says(sentence, question)) ?? sentences[0];
    if (quote) item.append(element("p", quote, { lang, dir }));
    const where = element("p", "", { class: "holds" });
    where.append(...[...edition.link.childNodes].map((node) => node.cloneNode(true)));
    item.append(where);
    return item;
  };

  let turn = 0;
  /** Shows the next of the stories found, behind those that stay. */
  const show = async (found, question, mine, stay) => {
    const next = found.splice(0, AT_ONCE);
    const texts = await Promise.allSettled(
      next.map(({ edition }) => load(edition.folder.replace(/\/$/, ""))));
    if (mine !== turn) return;
    // An edition that somebody deleted by hand has no stories any more.
    const items = next.flatMap((each, at) =>
      texts[at].status === "fulfilled" ? [result(each, texts[at].value, question)] : []);
    list.replaceChildren(...stay, ...items);
    more.hidden = found.length === 0;
    more.onclick = async () => {
      const before = [...list.children];
      await show(found, question, mine, before);
      list.children[before.length]?.querySelector("a").focus();
    };
  };

  const search = async () => {
    const mine = ++turn;
    const question = asked(field.value);
    everything.hidden = question.length > 0;
    results.hidden = question.length === 0;
    status.textContent = "";
    if (question.length === 0) return;
    try {
      const found = await find(question);
      const many = found.length === 1 ? "1 story" : `${found.length} stories`;
      const answer = found.length ? `${many}, newest first` : "No story says all of this.";
      await show(found, question, mine, []);
      if (mine === turn) status.textContent = answer;
    } catch (problem) {
      if (mine === turn) status.textContent = problem.message;
    }
  };

  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    search();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  });
  form.hidden = false;
  // Back from a story: the browser has kept the question.
  window.addEventListener("pageshow", () => field.value && results.hidden && search());
}
