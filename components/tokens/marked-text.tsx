import { Fragment, memo } from "react";
import { markWords } from "@/lib/browser/token-table/search";

type MarkedTextProps = {
  text: string;
  words: readonly string[];
  className?: string;
  /** The whole of it, where it may be cut off. */
  title?: string;
};

/**
 * What somebody typed, with the searched words marked. Isolated, so that a name in another direction of writing does
 * not turn its surroundings around.
 */
export const MarkedText = memo(function MarkedText({ text, words, ...rest }: MarkedTextProps) {
  if (words.length === 0) return <bdi {...rest}>{text}</bdi>;
  let offset = 0;
  return (
    <bdi {...rest}>
      {markWords(text, words).map((segment) => {
        const key = offset;
        offset += segment.text.length;
        return segment.marked ? (
          <mark key={key}>{segment.text}</mark>
        ) : (
          <Fragment key={key}>{segment.text}</Fragment>
        );
      })}
    </bdi>
  );
});
