/*
 * Loaded before everything else. As the first process of a container a program without handlers is sent no signal at all, and
 * to load the others takes a second or two: who asks for an end meanwhile gets it. `signals.ts` puts its own in their place.
 */

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(0));
