// Follows a link to another view of the same page without loading the page anew: the click goes to `app.py` as the trigger `picked`.
// Links to other pages are left to the browser, so that its way back is one step.
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[data-pick]") : null;
    if (!link || new URL(link.getAttribute("href"), location.href).pathname !== location.pathname) return;
    event.preventDefault();
    setTriggerValue("picked", link.getAttribute("data-pick"));
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
