// What the page's parts share: elements, texts in the reader's language, requests.

export const find = (id) => document.getElementById(id);

/** An element with properties and children; what is null is left out. */
export function put(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const texts = {
  locale: "en",
  statuses: {},
  open: true,
  told: {},
  of: (name) => texts.told[name] ?? name,
  async load() {
    const { language, statuses, open, texts: told } = await api("/texts.json");
    const locale = navigator.languages.find((each) => each.split("-")[0] === language) ?? language;
    Object.assign(texts, { locale, statuses, open, told });
    document.documentElement.lang = language;
  },
};

/** GET some JSON, again where a rebalance is under way; null for what is not there. */
export async function api(url) {
  for (let pause = 250; ; pause = Math.min(pause * 2, 4000)) {
    try {
      const answer = await fetch(url, { headers: api.headers });
      if (answer.ok) return await answer.json();
      if (answer.status < 500 && answer.status !== 429) return null;
    } catch {
      // nobody answers just now
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

api.headers = {};
