// The console begins here: words, session, picture of the day, then the screen of the address.
import { get, Problem, whenSignedOut } from "./api.js";
import { address, go } from "./address.js";
import { causeTitle } from "./cause_words.js";
import { startFeed } from "./feed.js";
import { html, render, signal, useEffect, useState } from "./html.js";
import { firstLanguage, loadLanguage, t } from "./i18n.js";
import { decisionCount } from "./live/lists.js";
import { ProblemNote } from "./parts/parts.js";
import { screenAt, startPath } from "./screens.js";
import { Shell } from "./shell/shell.js";
import { calls } from "./shell/sos_line.js";
import { cities, city, user } from "./store.js";

/** "asking" until the service has said who we are. */
const session = signal(/** @type {"asking" | "in" | "out" | "failed"} */ ("asking"));
const failure = signal(/** @type {Problem | null} */ (null));

whenSignedOut(() => (session.value = "out"));

/** @param {any} person */
async function begin(person) {
  user.value = person;
  await Promise.all([loadLanguage(person.language || firstLanguage()), loadCities()]);
  const { path, params } = address.peek();
  go(screenAt(path) ? path : startPath(person), { ...params, city: params.city ?? cityToBegin() }, { replace: true });
  session.value = "in";
  await startFeed();
}

async function loadCities() {
  try {
    cities.value = (await get("/v1/cities")).cities;
  } catch (error) {
    // Without the list there is no choice of cities; the snapshot will say what is wrong, if anything is.
    if (!(error instanceof Problem)) throw error;
  }
}

/** With one city the address need not name it; with more, the one looked at last. */
function cityToBegin() {
  const slugs = cities.peek().map(({ slug }) => slug);
  if (slugs.length < 2) return null;
  const last = localStorage.getItem("corridor.city") ?? "";
  return slugs.includes(last) ? last : slugs[0];
}

async function ask() {
  session.value = "asking";
  failure.value = null;
  try {
    const { user: person } = await get("/v1/me");
    await begin(person);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) return;
    failure.value = error;
    session.value = "failed";
  }
}

/** The screen of the address, loaded when first needed. */
function CurrentScreen() {
  const entry = screenAt(address.value.path);
  const [loaded, setLoaded] = useState(/** @type {{path: string, Screen: Function} | null} */ (null));
  useEffect(() => {
    let wanted = true;
    entry?.load().then(({ Screen }) => wanted && setLoaded({ path: entry.path, Screen }));
    return () => void (wanted = false);
  }, [entry]);
  const waiting = decisionCount.value;
  useEffect(() => {
    const name = [entry?.name(), city.value?.name, "Corridor"].filter(Boolean).join(" · ");
    const call = calls.value[0];
    document.title = call ? `⚠ ${causeTitle(call)}: ${call.courier_name}` : waiting ? `(${waiting}) ${name}` : name;
  });
  return html`<${Shell}>${loaded && loaded.path === entry?.path && html`<${loaded.Screen} key=${loaded.path} />`}<//>`;
}

function LoginScreen() {
  const [Login, setLogin] = useState(/** @type {Function | null} */ (null));
  useEffect(() => {
    import("./login/login.js").then((module) => setLogin(() => module.Login));
  }, []);
  return Login && html`<${Login} onSignedIn=${() => location.reload()} />`;
}

function App() {
  if (session.value === "in") return html`<${CurrentScreen} />`;
  if (session.value === "out") return html`<${LoginScreen} />`;
  if (session.value === "failed" && failure.value) {
    return html`<main class="alone"><h1 class="unseen">${t("Corridor")}</h1><${ProblemNote} problem=${failure.value} onRetry=${ask} /></main>`;
  }
  return null;
}

// The screen's code is on its way while the service is asked who we are.
screenAt(address.peek().path)?.load();
await loadLanguage(firstLanguage());
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
await ask();
