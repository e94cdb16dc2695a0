// Follows links of the dashboard's own pages without loading the page anew: the click goes to `app.py` as the trigger `picked`.
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[data-pick]") : null;
    if (!link) return;
    event.preventDefault();
    setTriggerValue("picked", link.getAttribute("data-pick"));
    window.scrollTo(0, 0);
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
