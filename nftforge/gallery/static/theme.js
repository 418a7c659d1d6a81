// The theme is set before the first paint, so nothing flashes: system, light or dark.
"use strict";
window.Gallery = {};
(() => {
  const KEY = "nftforge-theme";
  const NAMES = { auto: "Auto", light: "Light", dark: "Dark" };
  const THEMES = Object.keys(NAMES);
  let theme = "auto";
  try {
    theme = localStorage.getItem(KEY) || "auto";
  } catch {
    /* no storage here: the choice lasts as long as the page */
  }

  function apply() {
    if (!THEMES.includes(theme)) theme = "auto";
    document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (!button) return;
    button.textContent = NAMES[theme];
    button.setAttribute("aria-label", `Theme: ${NAMES[theme]}`);
  }

  Gallery.initTheme = () => {
    apply();
    document.getElementById("theme").addEventListener("click", () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        /* as above */
      }
      apply();
    });
  };
  apply();
})();
