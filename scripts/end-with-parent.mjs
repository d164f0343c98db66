/*
 * Loaded into a program that a script of ours starts with a channel: when that script is gone, however it ended, the
 * program is asked to end as by a signal. Before it handles that one, it ends at once.
 */
const end = () => process.kill(process.pid, "SIGTERM");
process.on("disconnect", end);
// It may be gone already: nobody would be told of it any more.
if (process.send && !process.connected) end();
