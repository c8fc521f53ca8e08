// Runs before Gradio's own scripts, which take the language of their messages from the browser; this page is Dutch.
Object.defineProperty(navigator, "language", { get: () => "nl" });
// Gradio's own panels (settings, API, another theme) open by a query; they are no part of this page.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);
