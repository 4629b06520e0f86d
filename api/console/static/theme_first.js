// Runs before the first paint, so that a dark room never sees a white flash. Not a module on purpose: modules come later.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("corridor.theme");
  } catch {
    // Storage is closed to this page: the system's wish decides.
  }
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
