"use client";

import { KeyRound, Lock } from "lucide-react";
import { useEffect } from "react";
import { useConnect } from "@/lib/browser/connections";
import { usePortalName } from "@/lib/browser/portals";
import { useProveAgain, useSession } from "@/lib/browser/session";
import type { Connection } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";
import { SecretDialog, type SecretSubmit } from "./secret-dialog";
import type { ProofRequest } from "./session-provider";

type ProofDialogProps = ProofRequest & { onAnswer: (proved: boolean) => void };

/** Asks for the one secret that proves a connection. */
export default function ProofDialog({ kind, connectionId, onAnswer }: ProofDialogProps) {
  const { data: session } = useSession();
  const connection = session?.connections.find((each) => each.id === connectionId);
  const missing = session !== undefined && connection === undefined;
  useEffect(() => {
    // It has been disconnected in the meantime: there is nothing to prove, and whoever waits must hear it.
    if (missing) onAnswer(false);
  }, [missing, onAnswer]);
  if (!connection) return null;
  return kind === "step-up" ? (
    <StepUpDialog connection={connection} onAnswer={onAnswer} />
  ) : (
    <SignInAgainDialog connection={connection} onAnswer={onAnswer} />
  );
}

type OneConnection = { connection: Connection; onAnswer: (proved: boolean) => void };

function StepUpDialog({ connection, onAnswer }: OneConnection) {
  const prove = useProveAgain();
  const portalName = usePortalName();
  const submit: SecretSubmit = async (proof) => {
    await prove.mutateAsync({ connectionId: connection.id, ...proof });
    onAnswer(true);
  };
  return (
    <SecretDialog
      action="Continue"
      description={
        <>
          {connection.provedBy === "token" ? "An API token" : "The password"} of{" "}
          <strong className="font-medium text-ink">
            <bdi>{connection.userName}</bdi>
          </strong>{" "}
          on <bdi>{portalName(connection.portal)}</bdi>. It is good for a while.
        </>
      }
      icon={<Lock aria-hidden className="size-4.5 text-accent-text" />}
      method={connection.provedBy}
      onCancel={() => onAnswer(false)}
      onSubmit={submit}
      title="Confirm that it is you"
      userName={connection.userName}
    />
  );
}

function SignInAgainDialog({ connection, onAnswer }: OneConnection) {
  const connect = useConnect();
  const portalName = usePortalName();
  const { portal, userName: username } = connection;
  const submit: SecretSubmit = async (proof) => {
    await connect.mutateAsync("password" in proof ? { portal, username, ...proof } : { portal, ...proof });
    onAnswer(true);
  };
  return (
    <SecretDialog
      action="Sign in again"
      description={`${isolate(portalName(connection.portal))} has ended this connection. What you were doing goes on afterwards.`}
      icon={<KeyRound aria-hidden className="size-4.5 text-accent-text" />}
      method={connection.provedBy}
      onCancel={() => onAnswer(false)}
      onSubmit={submit}
      title={`Sign in to ${isolate(connection.userName)} again`}
      userName={connection.userName}
    />
  );
}
