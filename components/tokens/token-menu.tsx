import { Activity, ArrowUpRight, Copy, FileTerminal, ListPlus, Pencil, Tag, Trash2 } from "lucide-react";
import { Kbd } from "@/components/ui/kbd";
import type { MenuAction, MenuSection } from "@/components/ui/menu";
import { isRevokedByOthers, reasonAgainst } from "@/lib/browser/token-table/permissions";
import type { CopyFormat, Token } from "@/lib/contracts/tokens";
import { copyWords } from "./token-words";
import type { TokenActions } from "./use-token-actions";

const icon = "size-4";
const copyAs: Exclude<CopyFormat, "raw">[] = ["header", "env", "curl"];

/** Copying in its other forms. */
export function copyAsItems(token: Token, actions: TokenActions): MenuAction[] {
  return copyAs.map((as) => ({
    id: `copy-${as}`,
    label: `Copy as ${copyWords[as]}`,
    icon: <FileTerminal className={icon} />,
    disabledReason: reasonAgainst("copy", token),
    onSelect: () => actions.copy(token, as),
  }));
}

type TokenMenuOptions = {
  /** Naming in place, where there is a place; otherwise the form does. */
  onRename?: () => void;
  /** Left out on the token's own page. */
  onOpen?: () => void;
};

/** All that can be done with a token. What one may not do stays in the list and says why. */
export function tokenMenu(token: Token, actions: TokenActions, options: TokenMenuOptions): MenuSection[] {
  const editReason = reasonAgainst("edit", token);
  const { onRename, onOpen } = options;
  return [
    {
      items: [
        ...(onOpen
          ? [
              {
                id: "open",
                label: "Open",
                icon: <ArrowUpRight className={icon} />,
                keys: <Kbd>↵</Kbd>,
                onSelect: onOpen,
              },
            ]
          : []),
        ...(onRename
          ? [
              {
                id: "rename",
                label: token.label === null ? "Name it" : "Rename",
                icon: <Pencil className={icon} />,
                keys: <Kbd>E</Kbd>,
                disabledReason: editReason,
                takesFocus: true,
                onSelect: onRename,
              },
            ]
          : []),
        {
          id: "edit",
          label: "Edit details…",
          icon: <Tag className={icon} />,
          disabledReason: editReason,
          onSelect: () => actions.edit(token),
        },
      ],
    },
    {
      items: [
        {
          id: "copy",
          label: "Copy token",
          icon: <Copy className={icon} />,
          keys: <Kbd>C</Kbd>,
          disabledReason: reasonAgainst("copy", token),
          onSelect: () => actions.copy(token, "raw"),
        },
        ...(reasonAgainst("copy", token) === undefined ? copyAsItems(token, actions) : []),
        {
          id: "check",
          label: "Check now",
          icon: <Activity className={icon} />,
          keys: <Kbd>T</Kbd>,
          disabledReason: reasonAgainst("check", token),
          onSelect: () => actions.check(token),
        },
      ],
    },
    {
      items: [
        token.status === "revoking" && !isRevokedByOthers(token)
          ? {
              id: "revoke",
              label: "How far the revocation is",
              icon: <ListPlus className={icon} />,
              onSelect: () => actions.revoke(token),
            }
          : {
              id: "revoke",
              label: "Revoke…",
              icon: <Trash2 className={icon} />,
              keys: <Kbd>Del</Kbd>,
              tone: "danger",
              disabledReason: reasonAgainst("revoke", token),
              onSelect: () => actions.revoke(token),
            },
      ],
    },
  ];
}
