/*
 * Loaded into a program that a script of ours starts with a channel: when that script is gone, however it ended, the
 * program is asked to end as by a signal. Before it handles that one, it ends at once.
 */
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
