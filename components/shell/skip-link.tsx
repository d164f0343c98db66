/** Hidden until it has the focus. The page stands before the navigation, so this is the short way to the latter. */
export function SkipLink() {
  return (
    <>
      <a
        className="fixed top-3 left-3 z-[90] hidden -translate-y-20 rounded bg-accent px-3 py-2 font-medium text-accent-on text-sm focus-visible:translate-y-0 focus-visible:shadow-popup md:block"
        href="#navigation"
      >
        Skip to navigation
      </a>
      <a
        className="fixed top-3 left-3 z-[90] -translate-y-20 rounded bg-accent px-3 py-2 font-medium text-accent-on text-sm focus-visible:translate-y-0 focus-visible:shadow-popup md:hidden"
        href="#tabs"
      >
        Skip to navigation
      </a>
    </>
  );
}
