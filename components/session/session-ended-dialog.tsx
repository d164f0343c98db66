"use client";

import { useQueryClient } from "@tanstack/react-query";
import { TimerOff } from "lucide-react";
import { usePortalName } from "@/lib/browser/portals";
import { isSameUser, sessionOptions } from "@/lib/browser/session";
import { tellOtherTabs } from "@/lib/browser/session-channel";
import { useSignIn } from "@/lib/browser/sign-in";
import { SecretDialog, type SecretSubmit } from "./secret-dialog";

type SessionEndedDialogProps = {
  /** Signed in again as the same person. */
  onBack: () => Promise<void>;
  /** They would rather not. */
  onLeave: () => void;
};

/** The session is over, the page is not: signs the same person in again and gives the page back. */
export default function SessionEndedDialog({ onBack, onLeave }: SessionEndedDialogProps) {
  const queries = useQueryClient();
  const signIn = useSignIn();
  const portalName = usePortalName();
  // As it was when it ended: asking for it now would only be told that there is none.
  const before = queries.getQueryData(sessionOptions().queryKey);
  if (!before) return null;
  const { user } = before;
  const first = before.connections.find(
    (each) => each.portal === user.portal && each.userName === user.userName,
  );
  const others = before.connections.length - 1;
  const method = first?.provedBy ?? "password";

  const { portal, userName: username } = user;
  const submit: SecretSubmit = async (proof) => {
    await signIn.mutateAsync("password" in proof ? { portal, username, ...proof } : { portal, ...proof });
    const now = await queries.fetchQuery({ ...sessionOptions(), staleTime: 0 });
    tellOtherTabs("signed-in");
    // A token may belong to somebody else: then nothing of the page before may stay.
    if (!isSameUser(now.user, user)) return location.assign("/tokens");
    await onBack();
  };

  return (
    <SecretDialog
      action="Sign in"
      cancelLabel="Leave"
      dismissible={false}
      description={
        <>
          Sign in as{" "}
          <strong className="font-medium text-ink">
            <bdi>{user.userName}</bdi>
          </strong>{" "}
          on <bdi>{portalName(user.portal)}</bdi> to go on. The page and what you typed stay as they are.
          {others > 0 ? " Other connected API users have to be connected again." : null}
        </>
      }
      icon={<TimerOff aria-hidden className="size-4.5 text-warn" />}
      method={method}
      onCancel={onLeave}
      onSubmit={submit}
      title="Your session has ended"
      userName={user.userName}
    />
  );
}
