import { spawnSync } from "node:child_process";

/**
 * Begins this program anew where the certificates to be trusted come out of a file of variables (`node --env-file`): Node reads
 * NODE_EXTRA_CA_CERTS before it reads that file, and would not know them. Does not come back then.
 */
export function heedExtraCertificates(): void {
  if (!process.env.NODE_EXTRA_CA_CERTS) return;
  const options = process.execArgv.filter(
    (option, at, all) => !/^--env-file/.test(option) && !/^--env-file[^=]*$/.test(all[at - 1] ?? ""),
  );
  if (options.length === process.execArgv.length) return;
  const { status } = spawnSync(process.execPath, [...options, ...process.argv.slice(1)], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
