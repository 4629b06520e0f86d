// Signing in. It stands at the address that was asked for, so that after it the same page comes back.
import { html, useEffect, useRef, useState } from "../html.js";
import { post, Problem } from "../api.js";
import { keepLanguage, t } from "../i18n.js";
import { user } from "../store.js";

/** @param {{onSignedIn: (person: any) => void}} props */
export function Login({ onSignedIn }) {
  const [wrong, setWrong] = useState("");
  const [asking, setAsking] = useState(false);
  const first = useRef(/** @type {HTMLInputElement | null} */ (null));
  const expired = user.peek() !== null;
  useEffect(() => {
    document.title = `${t("Sign in")} · Corridor`;
    first.current?.focus();
  }, []);

  const signIn = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (asking) return;
    const fields = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const [login, password] = [fields.get("login"), fields.get("password")].map(String);
    setAsking(true);
    setWrong("");
    try {
      const { user: person } = await post("/v1/login", { login: login.trim(), password });
      if (person.language) keepLanguage(person.language);
      onSignedIn(person);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWrong(whatIsWrong(error));
      setAsking(false);
    }
  };

  return html`<main class="login">
    <form onSubmit=${signIn} aria-labelledby="login-title">
      <h1 id="login-title"><${Mark} />${t("Sign in to Corridor")}</h1>
      ${expired && html`<p class="why">${t("Your session has ended. Sign in, and this page comes back.")}</p>`}
      <label>${t("Login")}<input ref=${first} name="login" autocomplete="username" autocapitalize="none" spellcheck=${false} required /></label>
      <label>${t("Password")}<input name="password" type="password" autocomplete="current-password" required /></label>
      <p class="wrong" role="alert">${wrong}</p>
      <button type="submit" class="btn p" disabled=${asking}>${t("Sign in")}</button>
    </form>
  </main>`;
}

/** @param {Problem} problem */
function whatIsWrong(problem) {
  if (problem.status === 401) return t("Wrong login or password. Check both and try again.");
  if (problem.status === 429) return t("Too many tries. Wait a minute, then try again.");
  return [problem.title, problem.detail].filter(Boolean).join(". ");
}

const Mark = () =>
  html`<svg width="22" height="22" viewBox="0 0 22 22" fill="none" aria-hidden="true">
    <path d="M4 18V9a5 5 0 0 1 5-5h9" stroke="var(--ink)" stroke-width="2.4" stroke-linecap="round" />
    <path d="M9.5 18v-6a2.5 2.5 0 0 1 2.5-2.5h6" stroke="var(--accent)" stroke-width="2.4" stroke-linecap="round" />
  </svg>`;
