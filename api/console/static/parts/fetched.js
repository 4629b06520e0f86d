// Asks the service for one thing and keeps the answer with its state, for panels that need more than the store holds.
import { useCallback, useEffect, useState } from "../html.js";
import { get, Problem } from "../api.js";

/**
 * @param {string} path asked again when it or `version` changes; the old answer stays until the new one comes
 * @param {unknown} [version]
 * @returns {{answer: any, problem: Problem | null, retry: () => void}} `answer` is null until the first one
 */
export function useFetched(path, version) {
  const [state, setState] = useState({ path, answer: /** @type {any} */ (null), problem: /** @type {Problem | null} */ (null) });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    get(path, { signal: stop.signal }).then(
      (answer) => setState({ path, answer, problem: null }),
      (error) => {
        if (!(error instanceof Problem)) return; // taken back: the panel shows another thing by now
        setState((before) => ({ path, answer: before.path === path ? before.answer : null, problem: error }));
      },
    );
    return () => stop.abort();
  }, [path, version, tries]);
  const retry = useCallback(() => setTries((n) => n + 1), []);
  return state.path === path ? { ...state, retry } : { answer: null, problem: null, retry };
}
