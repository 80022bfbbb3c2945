/**
 * A control loop: watches the state and works towards what should be. Level-based: `reconcile` gets a key and looks at what is
 * there now, never at what changed. ("Controller" is Nest's word.)
 * @see https://kubernetes.io/docs/concepts/architecture/controller/
 */
export abstract class Reconciler {
  /** As in `--reconcilers`, kube-controller-manager's name where it has one. */
  abstract readonly name: string;

  /** Begins to watch and work. Called once, when everything it needs is served. */
  abstract start(): void;

  /** Ends its watches and waits for the work under way. */
  abstract stop(): Promise<void>;
}

/** Which reconcilers run: `*` all, `name` that one, `-name` not that one; later entries win. */
export function isEnabled(name: string, selection: readonly string[]): boolean {
  let enabled = false;
  for (const entry of selection) {
    if (entry === '*' || entry === name) enabled = true;
    else if (entry === '-*' || entry === `-${name}`) enabled = false;
  }
  return enabled;
}

/** Entries of a selection that name no reconciler; empty where all do. */
export function unknownNames(selection: readonly string[], names: readonly string[]): string[] {
  return selection.filter((entry) => {
    const name = entry.startsWith('-') ? entry.slice(1) : entry;
    return name !== '' && name !== '*' && !names.includes(name);
  });
}
