// What surrounds every screen: header, line about the feed, rail, keys.
import { html } from "../html.js";
import { go } from "../address.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { Toast } from "../parts/toast.js";
import { SCREENS } from "../screens.js";
import { changeTheme } from "../theme.js";
import { FeedLine } from "./feed_line.js";
import { Header } from "./header.js";
import { Help, openHelp } from "./help.js";
import { Rail } from "./rail.js";

/** @param {{children?: any}} props */
export function Shell({ children }) {
  useKeys([
    ...SCREENS.map((screen) => ({
      code: `Key${screen.letter}`,
      after: "KeyG",
      label: t("Go to {screen}", { screen: screen.name() }),
      show: ["G", screen.letter],
      run: () => go(screen.path),
    })),
    { code: "KeyD", shift: true, label: t("Light or dark"), show: ["⇧", "D"], run: changeTheme },
    { code: "Slash", shift: true, label: t("These keys"), show: ["?"], sign: "?", run: openHelp },
  ]);
  return html`<div class="shell">
    <a class="skip" href="#main">${t("Skip to the main part")}</a>
    <${Header} />
    <${FeedLine} />
    <${Rail} />
    ${children}
    <${Toast} />
    <${Help} />
  </div>`;
}
