// Who draws what is selected: one component a kind, given `{id}`. The same panels serve every screen's right side.

/** @type {Map<string, Function>} */
const panels = new Map();

/** @param {string} kind as in `?sel=kind:id` @param {(props: {id: string}) => any} component */
export const registerPanel = (kind, component) => void panels.set(kind, component);

/** @param {string} kind */
export const panelFor = (kind) => panels.get(kind) ?? null;
